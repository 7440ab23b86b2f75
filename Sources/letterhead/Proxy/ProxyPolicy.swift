import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// The policy of `letterhead proxy`, as a configuration file that a user could have written.
struct ProxyPolicy: Sendable {
    /// The app's address as in `upstreams:`.
    var upstream: String
    /// Whether any certificate of the app is accepted.
    var believesApp = false
    /// The `Host` that the app gets; nil where nothing was said of it.
    var host: String?
    var listen: String
    var admin: String
    /// The origins whose pages may read the responses; if empty, those of this machine.
    var origins: [String] = []
    /// The fields to set on every response.
    var fields: [FieldText] = []
    /// The files of the certificate and its key; nil for plain http.
    var certificate: LocalCertificate.Files?

    /// The origins of development servers on this machine, on any port.
    static let localOrigins = ["http://localhost:*", "http://127.0.0.1:*", "https://localhost:*"]

    /// A line of the configuration, with the option that it comes from.
    private struct Line {
        var text: String
        var option: String?

        init(_ text: String, _ option: String? = nil) {
            self.text = text
            self.option = option
        }
    }

    var text: String { lines.map { $0.text + "\n" }.joined() }

    /// The errors in the policy, by the options that caused them, in the words used for a file. Empty if there are none.
    func errors() -> [String] {
        let outcome = ConfigurationLoader.standard.read(text: text, file: Self.file)
        let lines = lines
        return OptionErrors.words(
            outcome.diagnostics.filter { $0.severity == .error }.map { error in
                let index = error.location.line - 1
                return (error, lines.indices.contains(index) ? lines[index].option : nil)
            })
    }

    static let file = "letterhead.yaml"

    private var lines: [Line] {
        let origins = origins.isEmpty ? Self.localOrigins : origins
        // Browsers refuse credentials together with `*`.
        let isForAll = origins.contains("*")
        var lines = listener
        lines += [
            Line("admin: \(YAMLText.scalar(admin))", "--admin-port"), Line("inspector:"), Line("access_log: text"), Line(""),
        ]
        lines += [Line("upstreams:")] + app + [Line("")]
        lines += [
            Line("response_headers:"),
            Line("  # While you develop: in production, name the origin of your page, its methods and its headers."),
            Line("  - cors:"), Line("      allow_origins:"),
        ]
        lines += origins.map { Line("        - \($0.quoted)", "--allow-origin \($0.quoted)") }
        if !isForAll { lines.append(Line("      allow_credentials: true")) }
        lines += [
            Line("      allow_methods: \(YAMLText.list(CORSPolicy.everyMethod))"), Line("      allow_headers: echo"),
        ]
        lines += fields.map { field in
            Line(
                "  - set: { \(YAMLText.scalar(field.name)): \(field.value.quoted) }",
                "--set \("\(field.name): \(field.value)".quoted)")
        }
        return lines
    }

    private var app: [Line] {
        let address = YAMLText.scalar(upstream)
        let believes = believesApp && (upstream.hasPrefix("https:") || upstream.hasPrefix("h2:"))
        let host =
            host.map { Line("    host: \(YAMLText.scalar($0))", "--host \($0.quoted)") }
            ?? publicHost.map { Line("    host: \(YAMLText.scalar($0))") }
        guard believes || host != nil else { return [Line("  app: \(address)", "UPSTREAM \(upstream.quoted)")] }
        var lines = [Line("  app:"), Line("    servers: \(address)", "UPSTREAM \(upstream.quoted)")]
        if let host { lines.append(host) }
        if believes { lines.append(Line("    tls: { verify: false }")) }
        return lines
    }

    /// The host of an app that is elsewhere, and that does not know this machine's names; nil for an app that is near.
    private var publicHost: String? {
        guard let url = WebURL(upstream), url.host.contains("."), !url.isLoopback, IPAddress(url.host.utf8.span) == nil else {
            return nil
        }
        return url.authority
    }

    private var listener: [Line] {
        guard let certificate else { return [Line("listen: \(YAMLText.scalar(listen))", "--listen")] }
        return [
            Line("listen:"), Line("  - bind: \(YAMLText.scalar(listen))", "--listen"), Line("    tls:"),
            Line("      certificates:"),
            Line("        - certificate: \(YAMLText.scalar(certificate.certificate))", "--tls"),
            Line("          key: \(YAMLText.scalar(certificate.key))", "--tls"),
        ]
    }
}
