import EventLoop
import ProxyTransport

/// The certificate of `--tls`, which is made once per user, so that trusting it once is enough.
enum LocalCertificate {
    struct Files: Sendable {
        var certificate: String
        var key: String
    }

    /// The folder for the certificate: the state folder of the XDG Base Directory Specification.
    static func folder(_ environment: [String: String]) -> String? {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return "\(state)/letterhead" }
        return environment["HOME"].flatMap { $0.hasPrefix("/") ? "\($0)/.local/state/letterhead" : nil }
    }

    /// The certificate's files, which are made if they are missing, damaged or about to expire.
    static func files(environment: [String: String] = Environment.current, now: Int = WallClock.unixSeconds()) throws -> Files {
        guard let folder = folder(environment) else {
            throw refusal("there is no folder to keep it in\nhelp: set HOME or XDG_STATE_HOME")
        }
        let files = Files(certificate: "\(folder)/localhost.pem", key: "\(folder)/localhost-key.pem")
        if let certificate = try? SystemFile.bytes(files.certificate, limit: 1 << 16, waits: false),
            let key = try? SystemFile.bytes(files.key, limit: 1 << 16, waits: false),
            LocalhostCertificate(kept: certificate, key: key, now: now) != nil
        {
            return files
        }
        guard let made = LocalhostCertificate.make() else { throw refusal("OpenSSL cannot make it") }
        do throws(SystemFile.Failure) {
            try SystemFile.makeFolder(folder)
            try SystemFile.write(made.key, toFile: files.key, mode: 0o600, replaces: true)
            try SystemFile.write(made.certificate, toFile: files.certificate, replaces: true)
        } catch {
            throw refusal("it cannot be kept in \(folder): \(error)")
        }
        return files
    }

    private static func refusal(_ cause: String) -> ExitCode {
        StandardError.write("letterhead: there is no certificate for --tls: \(cause)\n")
        return ExitCode(1)
    }

    /// How to make other programs trust the certificate.
    static func trust(_ path: String) -> String {
        let file = path.contains("'") ? "FILE" : "'\(path)'"
        return """

            The certificate in \(path)
            is for localhost alone. Browsers warn of it until you trust it, once:

                security add-trusted-cert -k ~/Library/Keychains/login.keychain-db \(file)  # macOS
                certutil -d sql:$HOME/.pki/nssdb -A -t P,, -n letterhead -i \(file)  # Chromium on Linux (libnss3-tools)

            Firefox: open the page and accept the risk. Python: REQUESTS_CA_BUNDLE, Node: NODE_EXTRA_CA_CERTS.

            The app is asked by http, and told of https by X-Forwarded-Proto; else it redirects in circles, or Django says "Origin checking failed":
            Django: SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https"). Flask: ProxyFix(app.wsgi_app, x_proto=1, x_host=1).
            uvicorn believes it without being told.
            """
    }
}
