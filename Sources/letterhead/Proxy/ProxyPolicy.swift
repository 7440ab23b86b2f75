import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// What `letterhead proxy` runs, as the configuration file that somebody could have written.
struct ProxyPolicy: Sendable {
    /// As `upstreams:` has it.
    var upstream: String
    /// Any certificate of the app is believed.
    var believesApp = false
    var listen: String
    var admin: String
    /// Pages that may read the responses; empty: those of this machine.
    var origins: [String] = []
    /// Fields to be set on every response.
    var fields: [FieldText] = []
    /// Files of the certificate and its key; nil is plain http.
    var certificate: LocalCertificate.Files?

    /// The pages of development servers on this machine, whatever their port.
    static let localOrigins = ["http://localhost:*", "http://127.0.0.1:*", "https://localhost:*"]

    /// A line, and the option that it is from.
    private struct Line {
        var text: String
        var option: String?

        init(_ text: String, _ option: String? = nil) {
            self.text = text
            self.option = option
        }
    }

    var text: String { lines.map { $0.text + "\n" }.joined() }

    /// What is wrong with it, by the options that it is from: as a file that says the same would be told. Empty where nothing is.
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
        // Browsers refuse credentials for everybody.
        let isForAll = origins.contains("*")
        var lines = listener
        lines += [
            Line("admin: \(YAMLText.scalar(admin))", "--admin-port"), Line("inspector:"), Line("access_log: text"), Line(""),
        ]
        lines += [Line("upstreams:")] + app + [Line("")]
        lines += [
            Line("response_headers:"),
            Line("  # While you develop: in production, name the origin of your page, its methods and its fields."),
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
        guard believesApp, upstream.hasPrefix("https:") || upstream.hasPrefix("h2:") else {
            return [Line("  app: \(address)", "UPSTREAM")]
        }
        return [Line("  app:"), Line("    servers: \(address)", "UPSTREAM"), Line("    tls: { verify: false }")]
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
