import ProxyCore

struct Run: Command {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the proxy until SIGTERM, SIGINT or SIGQUIT.",
        discussion:
            """
            The first signal drains: what is going on finishes. A second one stops at once. SIGHUP reads the configuration again,
            and the files that it names; a bad one changes nothing.
            Listening sockets that a service manager hands over (LISTEN_FDS) are used for the listeners with their name or address.
            """)

    @OptionGroup var source: ConfigurationOption

    @Option(
        name: .customLong("take-over"),
        help: ArgumentHelp(
            "Replace the running process with this id: listen beside it, take all new connections, then have it drain.",
            valueName: "pid"))
    var predecessor: Int32?

    func validate() throws(ValidationError) {
        if let predecessor, predecessor < 2 { throw ValidationError("`\(predecessor)` is no process id") }
    }

    func run() async throws { try await Self.run(source.file(), predecessor: predecessor) }

    static func run(_ file: String, predecessor: Int32? = nil) async throws {
        // Before the configuration is read, so that a signal that comes early does not end the process.
        let signals = Signals()
        try await Service(.file(file), predecessor: predecessor).run(signals)
    }

    /// The file in exactly `run --config FILE`, which images and service managers use; nil for any other command line. The
    /// argument parser would first look up all types of all commands, which takes a fifth of the time to the first response.
    static func file(_ arguments: [String]) -> String? {
        let isPlain = arguments.count == 4 && arguments[1] == "run" && arguments[2] == "--config" && !arguments[3].hasPrefix("-")
        return isPlain ? arguments[3] : nil
    }
}
