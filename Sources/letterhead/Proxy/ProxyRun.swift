import HTTPModel
import HeaderPolicy
import Logging
import ProxyConfig
import ProxyCore
import ProxyTransport

/// The run of `letterhead proxy` from start to end, with its welcome message.
struct ProxyRun {
    var policy: ProxyPolicy

    func run(_ signals: Signals) async throws {
        var service = try Service(.text(policy.text, name: ProxyPolicy.file), handler: TextLogHandler())
        // Whoever develops does not wait for pages that keep a WebSocket open.
        service.drain = 1_000
        // Routine messages are not worth a line among those of the app.
        LogLevel.set(Logger.Level.warning)
        try await service.run(signals) { addresses, admin in
            Terminal.write(welcome(addresses.first, admin))
        }
    }

    private func welcome(_ address: SocketTarget?, _ admin: SocketTarget?) -> String {
        var policy = policy
        // These are the ports that the listeners actually got.
        if let address { policy.listen = address.description }
        if let admin { policy.admin = admin.description }
        let scheme = policy.certificate == nil ? "http" : "https"
        let url = "\(scheme)://\(Self.reachable(policy.listen, isSecure: policy.certificate != nil))"
        let curl = policy.certificate.map { "curl -i --cacert \(Self.word($0.certificate))" } ?? "curl -i"
        let origin = Self.example(of: policy.origins)
        // To a browser the two names of this machine are two sites, and cookies stay within one.
        let mayBeNumeric = policy.origins.isEmpty && url != Self.sameSite(url, as: origin)
        let hint = mayBeNumeric ? "; from a page at 127.0.0.1, cookies need \(url)" : ""
        return """

            The app at \(policy.upstream) is behind the proxy at \(url)
            with this policy; save this as letterhead.yaml, for `letterhead run`:

            \(policy.text)
            Try, in another terminal:

                \(curl) -H \(Self.word("Origin: \(origin)")) \(url)/
                \(curl) -X OPTIONS -H \(Self.word("Origin: \(origin)")) -H 'Access-Control-Request-Method: PUT' \(url)/

            In your page, fetch from \(Self.sameSite(url, as: origin)) instead of the app\(hint).
            See what passes: http://\(Self.reachable(policy.admin, isSecure: false))/inspector
            \(policy.certificate.map { LocalCertificate.trust($0.certificate) + "\n" } ?? "")
            Ctrl-C ends it.


            """
    }

    /// An example of an allowed origin.
    private static func example(of origins: [String]) -> String {
        guard let first = origins.first(where: { !$0.hasPrefix("regex:") }) else { return "http://localhost:3000" }
        return first == "*" ? "https://app.example" : first.replacing(":*", by: ":3000").replacing("*", by: "www")
    }

    /// Returns the URL with the page's name for this machine: to a browser `localhost` and 127.0.0.1 are two sites, and cookies
    /// stay within one.
    private static func sameSite(_ url: String, as origin: String) -> String {
        guard WebURL(origin)?.host == "localhost" else { return url }
        return url.replacing("//127.0.0.1:", by: "//localhost:")
    }

    /// Returns an address that can be opened: `localhost` instead of every interface, or with TLS instead of 127.0.0.1.
    private static func reachable(_ address: String, isSecure: Bool) -> String {
        guard case .tcp(let host, let port)? = SocketTarget(text: address) else { return address }
        let isOwn = ["0.0.0.0", "::"].contains(host)
        return SocketTarget.tcp(host: isOwn || isSecure && host == "127.0.0.1" ? "localhost" : host, port: port).description
    }

    /// The text as one word of a shell.
    private static func word(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy {
            (0x61...0x7A).contains($0 | 0x20) || (0x30...0x39).contains($0) || "/._-".utf8.contains($0)
        }
        return isPlain ? text : text.inShellQuotes
    }
}
