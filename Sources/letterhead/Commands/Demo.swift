import ProxyConfig
import ProxyCore
import ProxyTransport

struct Demo: Command {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run a small demo app with Letterhead in front of it, and print what to try.")

    @Option(help: "The port to listen on; 0 takes any free one.")
    var port = 8080

    @Option(help: "The port of the admin listener; 0 takes any free one.")
    var adminPort = 9900

    func validate() throws(ValidationError) {
        guard (0...65535).contains(port), (0...65535).contains(adminPort) else {
            throw ValidationError("a port is a number from 0 to 65535")
        }
    }

    func run() async throws {
        var bare = Configuration()
        bare.workers = 1
        bare.accessLog = .off
        let app = try await Server(Provision(CompiledConfiguration(bare)), accessLog: nil)
        let address = try await app.listen(on: .tcp(host: "127.0.0.1", port: 0), for: DemoApp())
        let policy = Self.policy(port: port, adminPort: adminPort, app: address)
        do {
            try await Service(.text(policy, name: "demo.yaml")).run(Signals.ofTerminal()) { addresses, admin in
                Terminal.write(
                    Self.welcome(
                        policy: policy, at: addresses.first ?? .tcp(host: "127.0.0.1", port: port),
                        admin: admin ?? .tcp(host: "127.0.0.1", port: adminPort)))
            }
        } catch {
            await app.shutDown()
            throw error
        }
        await app.shutDown()
    }

    static func policy(port: Int, adminPort: Int, app: SocketTarget) -> String {
        """
        listen: 127.0.0.1:\(port)
        admin: 127.0.0.1:\(adminPort)
        inspector:
        access_log: text

        upstreams:
          app: http://\(app)

        response_headers:
          - cors:
              allow_origins: [https://app.example]
              allow_credentials: true
              allow_methods: [GET, POST]
              allow_headers: [Content-Type]
              expose_headers: [X-Request-ID]
          - set: { X-Request-ID: "{request.id}" }
          - set: { X-Content-Type-Options: nosniff }
          - set: { Content-Security-Policy: "default-src 'self'" }
            if: absent
          - set: { Cache-Control: no-store }
            when: { status: 5xx }
          - remove: [Server, X-Powered-By]
        """
    }

    static func welcome(policy: String, at address: SocketTarget, admin: SocketTarget) -> String {
        """
        Letterhead runs in front of a demo app, with this configuration:

        \(policy.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }.joined(separator: "\n"))

        Try, in another terminal:

            curl -i http://\(address)/
            curl -i -H 'Origin: https://app.example' http://\(address)/boom     # the app fails, the CORS fields are there
            curl -i -H 'Origin: https://evil.example' http://\(address)/        # a foreign origin gets none
            curl -i -X OPTIONS -H 'Origin: https://app.example' -H 'Access-Control-Request-Method: POST' http://\(address)/hello
            curl -i --http2-prior-knowledge http://\(address)/missing           # HTTP/2 on the same port

        See what passes: http://\(admin)/inspector

        Ctrl-C ends it.

        """
    }
}
