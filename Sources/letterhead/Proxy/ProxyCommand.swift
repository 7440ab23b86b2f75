import Diagnosis
import EventLoop
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// `letterhead proxy`: runs the proxy from one command line, without a file.
struct ProxyCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "proxy",
        abstract: "Put the proxy in front of an app by one line: CORS for development, inspector, text log.",
        discussion: """
            The policy that it runs is printed, to be saved as letterhead.yaml. Without an upstream it takes what listens on port 5000,
            8000 or 3000 of this machine.
            `letterhead proxy -- flask --app app run` starts the app as well, waits until it listens, marks what it prints, and ends it with
            itself. Ctrl-C ends both, once; SIGKILL follows after 5 s.
            Exit code: that of the app where it ends first (128 and its number for a signal), 127 where there is no such command. Else 0 good,
            1 it cannot listen, or the app does not in time, 2 bad usage.
            """)

    @Argument(
        help: """
            The app: a URL such as http://localhost:5000, a port, or unix:/PATH. With a command, where it will listen (default: where it \
            is found to listen).
            """)
    var upstream: String?

    @Option(
        name: .customLong("allow-origin"),
        help: ArgumentHelp(
            "An origin whose pages may read the responses, as in `allow_origins`; again for more (default: pages of this machine, any port).",
            valueName: "origin"))
    var origins: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where to listen: a port of this machine, or an address, such as :8080 for all of its addresses; port 0 takes any free one.",
            valueName: "port"))
    var listen = "8080"

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "A header for every response, `Name: value`, with {placeholders}; again for more.", valueName: "header"))
    var fields: [String] = []

    @Option(
        help: ArgumentHelp(
            "The Host that the app gets (default: the one that the client named; an app on another host gets its own).",
            valueName: "name"))
    var host: String?

    @Flag(name: .long(and: "k"), help: "Take any certificate of the app.")
    var insecure = false

    @Flag(help: "Serve https, with a certificate for localhost that is made once.")
    var tls = false

    @Option(
        help: ArgumentHelp(
            "The port of the inspector and the admin endpoints (default: 9900, or any where that is taken).", valueName: "port"))
    var adminPort: Int?

    @Option(help: "How long to wait until the command listens.")
    var timeout = Milliseconds(60_000)

    @Argument(rest: "A command that starts the app.")
    var command: [String]

    func validate() throws(ValidationError) {
        guard adminPort.map((0...65535).contains) != false else { throw ValidationError("a port is a number from 0 to 65535") }
        try timeout.check("--timeout", upTo: 3_600_000)
        guard command.first != "" else { throw ValidationError("the command behind `--` is empty") }
    }

    func run() async throws {
        var policy = try policy()
        try checkListen(policy.listen)
        try check(policy)
        if let certificate = tls ? try LocalCertificate.files() : nil { policy.certificate = certificate }
        guard command.isEmpty else {
            return try await AppRun(command: command, policy: policy, named: named, timeout: timeout.count).run()
        }
        if upstream == nil {
            policy.upstream = try await Self.found(UpstreamSearch())
        } else if let target = AppRun.address(policy.upstream), await !UpstreamSearch().accepts(target) {
            StandardError.write(
                "letterhead: nobody listens at \(policy.upstream) yet; until then the answer is 502, with the policy\n")
        }
        try await ProxyRun(policy: policy).run(Signals.ofTerminal())
    }

    /// The app's address from the command line.
    private var named: String? { upstream.map(TypedAddress.upstream) }

    private func policy() throws -> ProxyPolicy {
        var policy = ProxyPolicy(
            // For an app that still has to be found, the policy gets a valid placeholder.
            upstream: named ?? "http://app.invalid", listen: TypedAddress.listen(listen),
            admin: (adminPort.map { .tcp(host: "127.0.0.1", port: $0) } ?? FreeAddress.or(9900)).description)
        policy.believesApp = insecure
        policy.host = host
        policy.origins = origins
        policy.fields = try fields.map { try FieldText(argument: $0, "--set") }
        return policy
    }

    private func check(_ policy: ProxyPolicy) throws {
        let errors = policy.errors()
        guard errors.isEmpty else {
            StandardError.write(errors.joined(separator: "\n\n") + "\n")
            throw ExitCode(2)
        }
    }

    /// Reports before the app is started that the address is not available.
    private func checkListen(_ address: String) throws {
        guard let target = TypedAddress.target(address), let error = FreeAddress.trouble(target) else { return }
        StandardError.write("letterhead: cannot listen on \(target): \(error.text)\n")
        if error.isAddressInUse {
            let isApp = named.flatMap(AppRun.address).map { $0.port == target.port } ?? false
            StandardError.write(
                isApp
                    ? "help: that is where the app is; the proxy has a port of its own: --listen \(FreeAddress.port(after: target))\n"
                    : "help: another process listens there (`ss -ltnp` shows which): --listen \(FreeAddress.port(after: target))\n"
            )
        }
        throw ExitCode(1)
    }

    static func found(_ search: UpstreamSearch) async throws -> String {
        let found = await search.found()
        guard let first = found.first else {
            let ports = search.ports.map(String.init)
            StandardError.write(
                """
                letterhead: nothing listens on port \(ports.dropLast().joined(separator: ", ")) or \(ports.last ?? "") of this machine
                help: name the app: letterhead proxy http://localhost:PORT
                help: or have it started: letterhead proxy -- flask --app app run

                """)
            throw ExitCode(2)
        }
        let others = found.dropFirst().map(\.description)
        Terminal.writeLine(
            "Taken for the app: http://\(first)"
                + (others.isEmpty ? "" : " (there is \(others.joined(separator: " and ")) as well: name the one you mean)"))
        return "http://\(first)"
    }
}
