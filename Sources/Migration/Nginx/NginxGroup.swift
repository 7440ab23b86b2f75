import ProxyCore

/// An `upstream` block of nginx: its servers, and how requests are spread over them.
struct NginxGroup {
    var servers: [ImportDraft.Server] = []
    private var balance: String?
    private var idle: String?
    private var ejection: [String] = []
    /// The number of servers that nginx never takes out.
    private var neverEjected = 0
    private var slowStart: String?
    private var connections: String?

    /// The keys of the upstream besides its servers, one on each line.
    var lines: [String] {
        var lines: [String] = []
        if let balance { lines.append("balance: \(balance)") }
        if !ejection.isEmpty {
            lines.append("ejection: { \(ejection.joined(separator: ", ")) }")
        } else if neverEjected > 0, neverEjected == servers.count {
            lines.append("ejection: off")
        }
        if let slowStart { lines.append("slow_start: \(slowStart)") }
        if let connections { lines.append("max_connections: \(connections)") }
        if let idle { lines.append("max_idle: \(idle)") }
        return lines
    }

    /// Reads a directive; returns false when it does not belong to a group.
    mutating func read(_ entry: NginxDirective, _ scheme: String, into draft: inout ImportDraft) -> Bool {
        switch entry.name {
        case "server": server(entry, scheme, &draft)
        case "keepalive": idle = Self.number(entry[0], atMost: 100_000)
        case "least_conn": balance = "least_requests"
        case "least_time": balance = "least_requests"
        case "ip_hash": balance = "{ hash: client_ip }"
        case "random": balance = "two_choices"
        case "hash": hash(entry, &draft)
        default: return false
        }
        return true
    }

    private mutating func hash(_ entry: NginxDirective, _ draft: inout ImportDraft) {
        let variable = entry[0]
        if ["$remote_addr", "$binary_remote_addr"].contains(variable) {
            balance = "{ hash: client_ip }"
        } else if variable.hasPrefix("$cookie_"), variable.count > 8 {
            balance = "{ hash: { cookie: \(variable.dropFirst(8)) } }"
        } else if variable.hasPrefix("$http_"), variable.count > 6 {
            let words = variable.dropFirst(6).split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }
            balance = "{ hash: { field: \(words.joined(separator: "-")) } }"
        } else {
            draft.note(
                "\(entry.text): a hash is of client_ip, a cookie or a field; requests go to the servers in turn", at: entry.place)
        }
    }

    private mutating func server(_ entry: NginxDirective, _ scheme: String, _ draft: inout ImportDraft) {
        var server = ImportDraft.Server(address: Self.url(entry[0], scheme))
        var ignored: [String] = []
        for argument in entry.arguments.dropFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            let value = parts.count == 2 ? parts[1] : ""
            switch parts.first {
            case "weight": if let weight = Self.number(value, atMost: 1_000) { server.more.append("weight: \(weight)") }
            case "backup": server.more.append("backup: true")
            case "down": server.more.append("weight: 0")
            case "max_fails" where value == "0": neverEjected += 1
            case "max_fails": if let failures = Self.number(value, atMost: 10_000) { note(ejection: "failures", failures) }
            case "fail_timeout": if let time = NginxValues.duration(value), time != "0" { note(ejection: "duration", time) }
            case "slow_start": slowStart = NginxValues.duration(value) ?? slowStart
            case "max_conns": connections = Self.number(value, atMost: 1_000_000) ?? connections
            case "resolve": break
            default: ignored.append(argument)
            }
        }
        if server.more.contains("weight: 0") { server.more.removeAll { $0.hasPrefix("weight: ") && $0 != "weight: 0" } }
        if !ignored.isEmpty { draft.note("\(entry.text): \(ignored.joined(separator: " ")) did not carry over", at: entry.place) }
        servers.append(server)
    }

    /// Notes a setting for all servers. Only the first value counts, because here they share one.
    private mutating func note(ejection key: String, _ value: String) {
        guard !ejection.contains(where: { $0.hasPrefix("\(key): ") }) else { return }
        ejection.append("\(key): \(value)")
    }

    private static func number(_ text: String, atMost limit: Int) -> String? { Int(text).map { "\(min($0, limit))" } }

    static func url(_ name: String, _ scheme: String) -> String {
        if name.hasPrefix("unix:") { return name.hasSuffix(":") ? String(name.dropLast()) : name }
        let port = scheme == "https" ? "443" : "80"
        let host = name.contains("]") ? name.split(separator: "]").last.map(String.init) ?? "" : name
        return "\(scheme)://\(name)\(host.contains(":") ? "" : ":\(port)")"
    }
}
