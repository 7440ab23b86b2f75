import HTTPModel
import HeaderPolicy
import ProxyCore

/// The settings of an upstream with several servers, besides their addresses.
extension Reading {
    /// An entry of `servers:` — an address, or a mapping with one.
    func upstreamServer(_ node: Node) -> (scheme: Upstream.Scheme?, server: UpstreamServer)? {
        guard case .table = node.content else {
            return server(node).map { ($0.scheme, UpstreamServer($0.target)) }
        }
        guard let table = Table<UpstreamServerKey>(node, self, for: "a server") else { return nil }
        guard let address = table[.address] else {
            if !table.hasUnknownKeys {
                error("a server has no `address`", at: node.place, help: "write `{ address: http://10.0.0.1:5000, weight: 2 }`")
            }
            return nil
        }
        guard let (scheme, target) = server(address) else { return nil }
        var result = UpstreamServer(target)
        result.weight = table[.weight].flatMap { integer($0, for: "`weight`", in: UpstreamServerKey.weight.bounds) } ?? 1
        result.isBackup = table[.backup].flatMap { bool($0, for: "`backup`")?.value } ?? false
        return (scheme, result)
    }

    func readGroup(_ table: Table<UpstreamKey>, into upstream: inout Upstream) {
        if let node = table[.balance] { upstream.balance = balance(node) ?? upstream.balance }
        // A key without a value means the defaults, while `null` means none.
        if let node = table[.healthCheck], !node.isNull { upstream.healthCheck = healthCheck(node) }
        if let node = table[.ejection] { upstream.ejection = isOff(node) ? nil : ejection(node) }
        if let node = table[.retries] {
            if isOff(node) { upstream.retries.attempts = 0 } else { upstream.retries = retries(node) }
        }
        if let node = table[.slowStart] { upstream.slowStart = duration(node, for: "`slow_start`")?.value ?? 0 }
        if let node = table[.resolve] { upstream.resolve = period(node, "`resolve`", zeroIsOff: true) ?? upstream.resolve }
        checkShares(upstream, at: table[.servers]?.place ?? table.place)
    }

    /// Checks that some server gets the requests.
    private func checkShares(_ upstream: Upstream, at place: Place) {
        guard !upstream.servers.isEmpty else { return }
        if upstream.servers.allSatisfy({ $0.weight == 0 }) {
            error(
                "no server of `\(upstream.name)` gets a request: every weight is 0", at: place,
                help: "leave out `weight`, or write 1 or more for one of them")
        } else if upstream.servers.allSatisfy({ $0.isBackup || $0.weight == 0 }) {
            error(
                "every server of `\(upstream.name)` is a backup: there is none that they could stand in for", at: place,
                help: "leave out `backup` for at least one")
        }
    }

    private func isOff(_ node: Node) -> Bool {
        if case .scalar(let scalar) = node.content { return scalar.text == "off" }
        return false
    }

    // MARK: balance

    private enum BalanceWord: String, CaseIterable {
        case roundRobin = "round_robin"
        case leastRequests = "least_requests"
        case twoChoices = "two_choices"
    }

    /// The names that other software gives them.
    private static let foreignBalances = [
        "roundrobin": "round_robin", "rr": "round_robin", "least_conn": "least_requests", "leastconn": "least_requests",
        "least_connections": "least_requests", "least_request": "least_requests", "random": "two_choices",
        "p2c": "two_choices", "random_choose": "two_choices", "ip_hash": "{ hash: client_ip }",
        "source": "{ hash: client_ip }", "client_ip": "{ hash: client_ip }", "ring_hash": "{ hash: { field: X-User } }",
        "maglev": "{ hash: { field: X-User } }", "sticky": "{ hash: { cookie: session } }",
        "cookie": "{ hash: { cookie: session } }", "header": "{ hash: { field: X-User } }",
    ]

    private func balance(_ node: Node) -> Balance? {
        if case .table = node.content { return hash(node) }
        guard let text = text(node, for: "`balance`")?.value else { return nil }
        if text == "hash" {
            error(
                "`hash` needs to be told of what", at: node.place,
                help: "write `balance: { hash: client_ip }`, `{ hash: { cookie: session } }` or `{ hash: { field: X-User } }`")
            return nil
        }
        if let known = Self.foreignBalances[text.lowercased().replacing("-", by: "_")] {
            error("`\(text.abbreviated)` is not a way to balance", at: node.place, help: "write `balance: \(known)`")
            return nil
        }
        switch word(node, for: "`balance`", BalanceWord.self) {
        case .roundRobin: return .roundRobin
        case .leastRequests: return .leastRequests
        case .twoChoices: return .twoChoices
        case nil: return nil
        }
    }

    private func hash(_ node: Node) -> Balance? {
        guard let table = Table<BalanceKey>(node, self, for: "`balance`") else { return nil }
        guard let key = table[.hash] else {
            if !table.hasUnknownKeys {
                error("`balance` names no way to balance", at: node.place, help: "write `balance: { hash: client_ip }`")
            }
            return nil
        }
        guard case .table = key.content else {
            guard let text = text(key, for: "`hash`")?.value else { return nil }
            guard text != "client_ip" else { return .hash(.clientIP) }
            error(
                "`hash` is `client_ip`, a cookie or a field, not \(key.kind)", at: key.place,
                help: "write `hash: { cookie: \(text.abbreviated) }` or `hash: { field: \(text.abbreviated) }`")
            return nil
        }
        guard let source = Table<BalanceHashKey>(key, self, for: "`hash`"), !source.hasUnknownKeys else { return nil }
        guard source.keys.count == 1, let only = source.keys.first, let value = source[only] else {
            error(
                "`hash` goes by one thing, a `cookie` or a `field`", at: key.place, help: "write `hash: { cookie: session }`")
            return nil
        }
        guard let name = text(value, for: "`\(only.rawValue)`")?.value else { return nil }
        guard Fields.isName(name.utf8.span) else {
            error("`\(name.abbreviated)` is not the name of a \(only.rawValue)", at: value.place)
            return nil
        }
        return .hash(only == .cookie ? .cookie(name) : .field(name))
    }

    // MARK: health_check, ejection, retries

    private func healthCheck(_ node: Node) -> HealthCheck {
        var check = HealthCheck()
        if case .scalar = node.content, !node.isMissing {
            check.path = checkPath(node) ?? check.path
            return check
        }
        guard let table = Table<HealthCheckKey>(node, self, for: "`health_check`") else { return check }
        for key in table.keys {
            guard let node = table[key] else { continue }
            let name = "`\(key.rawValue)`"
            switch key {
            case .path: check.path = checkPath(node) ?? check.path
            case .status:
                let statuses = self.statuses(node, for: name)
                if !statuses.isEmpty { check.statuses = statuses }
            case .host: check.host = hostField(node)
            case .interval: check.interval = period(node, name) ?? check.interval
            case .timeout: check.timeout = period(node, name) ?? check.timeout
            case .healthyThreshold: check.healthyThreshold = integer(node, for: name, in: key.bounds) ?? check.healthyThreshold
            case .unhealthyThreshold:
                check.unhealthyThreshold = integer(node, for: name, in: key.bounds) ?? check.unhealthyThreshold
            case .jitter: check.jitter = percent(node, for: name, in: key.bounds) ?? check.jitter
            }
        }
        return check
    }

    private func checkPath(_ node: Node) -> String? {
        guard let path = text(node, for: "`path`")?.value else { return nil }
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ Octet.isTarget($0) }) else {
            error("`\(path.abbreviated)` is not a path", at: node.place, help: "write one such as `/healthz`")
            return nil
        }
        return path
    }

    private func ejection(_ node: Node) -> Ejection {
        var ejection = Ejection()
        guard let table = Table<EjectionKey>(node, self, for: "`ejection`") else { return ejection }
        for key in table.keys {
            guard let node = table[key] else { continue }
            let name = "`\(key.rawValue)`"
            switch key {
            case .failures: ejection.failures = integer(node, for: name, in: key.bounds) ?? ejection.failures
            case .status: ejection.statuses = statuses(node, for: name)
            case .duration: ejection.duration = period(node, name) ?? ejection.duration
            case .maxDuration: ejection.maxDuration = period(node, name) ?? ejection.maxDuration
            case .maxEjected: ejection.maxEjected = percent(node, for: name, in: key.bounds) ?? ejection.maxEjected
            }
        }
        return ejection
    }

    private func retries(_ node: Node) -> Retries {
        var retries = Retries()
        guard let table = Table<RetriesKey>(node, self, for: "`retries`") else { return retries }
        for key in table.keys {
            guard let node = table[key] else { continue }
            let name = "`\(key.rawValue)`"
            switch key {
            case .attempts: retries.attempts = integer(node, for: name, in: key.bounds) ?? retries.attempts
            case .budget: retries.budget = percent(node, for: name, in: key.bounds) ?? retries.budget
            case .minPerSecond: retries.minPerSecond = integer(node, for: name, in: key.bounds) ?? retries.minPerSecond
            }
        }
        return retries
    }

    // MARK: Values

    /// Reads the period of something that is repeated, which must be long enough to make sense.
    private func period(_ node: Node, _ name: String, zeroIsOff: Bool = false) -> Int? {
        guard let value = duration(node, for: name)?.value else { return nil }
        guard value >= 10 || zeroIsOff && value == 0 else {
            error("\(name) is at least 10ms, not \(node.kind)", at: node.place)
            return nil
        }
        return value
    }

    /// Reads a percentage such as `20%`.
    private func percent(_ node: Node, for name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = text(node, for: name)?.value else { return nil }
        guard text.hasSuffix("%"), let number = Int(text.dropLast()), range.contains(number), text.first != "+" else {
            error(
                "\(name) is \(range.lowerBound)% to \(range.upperBound)%, not \(node.kind)", at: node.place,
                help: Int(text).map { range.contains($0) ? "write `\($0)%`" : nil } ?? nil)
            return nil
        }
        return number
    }

    /// Reads `200`, `2xx`, `200-399`, or a list of these.
    private func statuses(_ node: Node, for name: String) -> [ClosedRange<UInt16>] {
        texts(node, for: name).compactMap { text in
            if let range = Self.statuses(text.value) { return range }
            error("`\(text.value.abbreviated)` is not a status", at: text.location, help: "write 200, 2xx or 200-399")
            return nil
        }
    }

    private static func statuses(_ text: String) -> ClosedRange<UInt16>? {
        func code(_ text: Substring) -> UInt16? {
            UInt16(text).flatMap { (200...599).contains($0) && text.count == 3 ? $0 : nil }
        }
        if text.count == 3, text.hasSuffix("xx"), let first = text.first?.wholeNumberValue, (2...5).contains(first) {
            return UInt16(first) * 100...UInt16(first) * 100 + 99
        }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let low = ends.first.flatMap(code), let high = ends.last.flatMap(code), ends.count <= 2, low <= high else {
            return nil
        }
        return low...high
    }
}
