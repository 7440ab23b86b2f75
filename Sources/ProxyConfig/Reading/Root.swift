import HTTPModel
import HeaderPolicy
import ProxyCore

extension Reading {
    /// Reads the whole file. Settings that could not be read keep their defaults, so the caller looks at `hasErrors`.
    func configuration(_ root: Node) -> Configuration {
        var configuration = Configuration()
        guard let table = Table<RootKey>(root, self, for: "a configuration") else { return configuration }
        if let node = table[.policies] { policies(node) }
        configuration.listeners = table[.listen].map(listeners) ?? [defaultListener]
        configuration.admin = table[.admin].flatMap(bindAddress)
        configuration.workers = table[.workers].flatMap { integer($0, for: "`workers`", in: RootKey.workers.bounds) }
        configuration.accessLog = accessLog
        if let node = table[.accessLog] {
            configuration.accessLog = word(node, for: "`access_log`", Configuration.AccessLog.self) ?? .json
        }
        if let node = table[.logLevel] {
            configuration.logLevel = word(node, for: "`log_level`", Configuration.LogLevel.self) ?? .info
        }
        configuration.watch = table[.watch].flatMap { bool($0, for: "`watch`")?.value } ?? false
        if let node = table[.upstreams] { configuration.upstreams = upstreams(node) }
        if let node = table[.trustedProxies] { configuration.trustedProxies = addressBlocks(node, for: "`trusted_proxies`") }
        if let node = table[.forwardingFields] { configuration.forwardingFields = forwardingFields(node) }
        if let node = table[.via] { configuration.via = via(node) }
        if let node = table[.requestID] { configuration.requestID = requestID(node) }
        if let node = table[.debug] { configuration.debug = debug(node) }
        // A key without a value means the defaults, while `null` means none.
        if let node = table[.inspector], !node.isNull { configuration.inspector = inspector(node) }
        if let node = table[.limits] { configuration.limits = limits(node) }
        if let node = table[.timeouts] { configuration.timeouts = timeouts(node) }
        for key in [RootKey.limits, .timeouts] {
            guard case .table(let entries)? = table[key]?.content else { continue }
            for entry in entries { configuration.places["\(key.rawValue).\(entry.key)"] = location(entry.keyPlace) }
        }
        if let node = table[.requestHeaders] { configuration.requestHeaders = rules(node, for: "`request_headers`", .request) }
        if let node = table[.responseHeaders] {
            configuration.responseHeaders = rules(node, for: "`response_headers`", .response)
        }
        if let node = table[.routes] { configuration.routes = routes(node, upstreamNames(table[.upstreams])) }
        checkUnusedPolicies()
        if !hasErrors { completeRoutes(&configuration, table) }
        check(configuration)
        return configuration
    }

    /// The listener when there is no `listen:`.
    private var defaultListener: Listener {
        Listener(bind: Located(.tcp(host: "::", port: 8080), at: SourceLocation(file: file, line: 1, column: 1)))
    }

    /// Returns all names, including those of upstreams that could not be read, because a route that names one of those is not
    /// wrong.
    private func upstreamNames(_ node: Node?) -> [String]? {
        switch node?.content {
        case .table(let entries): entries.map(\.key)
        case .scalar, nil: []
        case .list, .invalid: nil
        }
    }

    /// Adds the route to the only upstream, if there is no `routes:`.
    private func completeRoutes(_ configuration: inout Configuration, _ table: Table<RootKey>) {
        guard configuration.routes.isEmpty else { return }
        switch configuration.upstreams.count {
        case 1:
            configuration.routes = [
                Route(.upstream(configuration.upstreams[0].name), location: configuration.upstreams[0].location)
            ]
        case 0:
            error(
                "there is nothing to answer requests: no upstream and no route", at: table.place,
                help: "write `upstreams: { app: http://127.0.0.1:5000 }`")
        default:
            error(
                "there is more than one upstream, and no route says which gets a request",
                at: configuration.upstreams[1].location,
                help: "write `routes: [{ upstream: \(configuration.upstreams[0].name) }]`")
        }
    }

    private func requestID(_ node: Node) -> RequestIDPolicy {
        var policy = RequestIDPolicy()
        guard let table = Table<RequestIDKey>(node, self, for: "`request_id`") else { return policy }
        guard let accept = table[.accept].flatMap({ text($0, for: "`accept`") }) else { return policy }
        do throws(RegexError) {
            _ = try LinearRegex(accept.value, anchored: true)
            policy.accept = accept
        } catch {
            self.error(error.description, at: accept.location)
        }
        return policy
    }
}
