import Foundation
import TestSupport
import Testing

/// A proxy that speaks TLS in front of an app that shows what it was asked, with the policy of the integration tests.
struct Secured {
    static let authority = Result { try CertificateAuthority() }

    let proxy: ProxyProcess
    let origin: RawOrigin
    let root: CertificateAuthority

    /// - Parameters:
    ///   - tls: more lines of `tls:`, indented by six.
    ///   - app: the port of another app.
    ///   - more: further listeners, as list entries indented by two.
    init(
        _ certificates: [Certificate], tls: String = "", more: String = "", listeners: Int = 1, settings: String = "",
        rules: String = Policy.rules, origin: RawOrigin? = nil, app: Int? = nil
    ) throws {
        root = try Self.authority.get()
        let origin =
            try origin
            ?? RawOrigin { request in
                let text = request.fields.lines.map { "\($0.name): \($0.value)\n" }.joined()
                return "HTTP/1.1 200 OK\r\nServer: app\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
            }
        self.origin = origin
        let list = certificates.map { "{ certificate: \($0.path), key: \($0.key) }" }.joined(separator: ", ")
        proxy = try ProxyProcess(
            """
            listen:
              - bind: 127.0.0.1:0
                tls:
                  certificates: [\(list)]
            \(tls)
            \(more)
            access_log: json
            workers: 1
            upstreams: { app: http://127.0.0.1:\(app ?? origin.port) }
            \(settings)
            \(rules)
            """, listeners: listeners)
    }

    /// curl over TLS, to a name that stands for the loopback address.
    func curl(_ path: String = "/", name: String = "site.example", _ arguments: [String] = [], port: Int? = nil) throws
        -> CurlResult
    {
        let port = port ?? proxy.port
        return try TestSupport.curl(
            "https://\(name):\(port)\(path)", .secure,
            ["--cacert", root.certificate.path, "--resolve", "\(name):\(port):127.0.0.1", "-H", "Origin: \(Policy.origin)"]
                + arguments)
    }

    func fetch(_ path: String = "/", name: String = "site.example", _ arguments: [String] = []) throws -> RawResponse {
        let result = try curl(path, name: name, arguments)
        guard let response = result.response, result.exitCode == 0 else { throw Disappointment("\(result)") }
        return response
    }

    /// The log line about a connection that failed.
    func failure(_ reason: String) throws -> [String: String] {
        try proxy.process.line(.error) { line in
            guard let entry = logEntry(line), entry["reason"] == reason else { return nil }
            return entry
        }
    }
}
