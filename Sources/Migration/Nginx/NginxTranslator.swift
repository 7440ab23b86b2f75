import HTTPModel
import ProxyConfig

/// Translates the directives of an nginx configuration to a draft: the levels above a server.
struct NginxTranslator {
    var draft = ImportDraft()
    /// The `map` and `geo` blocks by the variable that each defines, without its dollar.
    private var makers: [String: NginxDirective] = [:]
    /// The `upstream` blocks by name.
    var groups: [String: NginxDirective] = [:]
    /// The names of the draft's upstreams, by the settings that identify them.
    var upstreamNames: [String: String] = [:]
    /// The names that upstreams have, each with the number for the next one that wants it.
    private var nextNumbers: [String: Int] = [:]
    /// The examined origins that may have credentials, kept because examining them takes a while.
    var originPatterns: [[String]: NginxOriginPattern] = [:]
    /// The longest time in seconds that a WebSocket may be silent.
    var tunnelSeconds = 0
    /// The reason why the addresses of clients are not known here; nil when they are.
    var doubt: String?
    /// The directives that were read, but concern only nginx itself.
    private var ownWays: Set<String> = []

    mutating func translate(_ directives: [NginxDirective]) {
        // A file from conf.d belongs into `http`, and a snippet of locations into a server.
        let isSnippet = directives.contains { ["location", "proxy_pass"].contains($0.name) }
        let http = directives.filter { $0.name == "http" }.flatMap { $0.block ?? [] }
        let content =
            if !http.isEmpty {
                http
            } else if isSnippet {
                [NginxDirective(name: "server", block: directives, location: directives[0].location)]
            } else {
                directives
            }
        if !http.isEmpty {
            for directive in directives where directive.name != "http" { topLevel(directive) }
        }
        for directive in content where ["map", "geo"].contains(directive.name) {
            if let name = directive.arguments.last, name.hasPrefix("$") { makers[String(name.dropFirst())] = directive }
        }
        for map in makers.values.sorted(by: { $0.place < $1.place }) where map.name == "map" { noteImpossible(map) }
        for directive in content.named("upstream") { groups[directive[0]] = directive }
        var scope = NginxScope()
        scope.memory.makers = makers
        scope.memory.untold = NginxVariables.givenElsewhere(content.filter { $0.name != "server" })
        // Letterhead removes these fields before rules and routes look at a request.
        scope.memory.untold.formUnion(NginxMemory.connections)
        believe(content, &scope)
        scope = scope.nested(content)
        for directive in content where !["server", "upstream", "map", "geo"].contains(directive.name) { setting(directive) }
        if scope.single("client_max_body_size") == nil { draft.set("limits", "request_body", "1MB", at: "nginx's default") }
        if scope.single("proxy_read_timeout") == nil { draft.set("timeouts", "response", "60s", at: "nginx's default") }
        servers(content.named("server"), scope)
        if !ownWays.isEmpty {
            draft.note("left to Letterhead's own ways: \(ownWays.sorted().joined(separator: ", "))", at: "", .small)
        }
        if draft.routes.isEmpty {
            draft.note("there was no server that leads anywhere: write `routes`", at: "", .answer)
            draft.routes.append(ImportDraft.Route(action: .respond(status: 503, type: nil, body: nil), origin: ""))
        }
    }

    private mutating func topLevel(_ directive: NginxDirective) {
        switch directive.name {
        case "worker_processes":
            if let number = Int(directive[0]), (1...1024).contains(number) {
                draft.set(nil, "workers", "\(number)", at: directive.place)
            }
        case "stream", "mail": draft.note("\(directive.name): Letterhead proxies HTTP only", at: directive.place, .answer)
        default: explain(directive)
        }
    }

    /// Translates a directive that has the same meaning for everything below it.
    private mutating func setting(_ directive: NginxDirective) {
        let durations = [
            "proxy_connect_timeout": "connect", "proxy_read_timeout": "response", "keepalive_timeout": "idle",
            "client_header_timeout": "request_head", "client_body_timeout": "request_body", "send_timeout": "write",
        ]
        if let key = durations[directive.name] {
            guard let duration = NginxValues.duration(directive[0]) else { return unclear(directive) }
            if duration != "0" { return draft.set("timeouts", key, duration, at: directive.place) }
            // Here 0 waits for ever.
            return key == "idle" ? closeConnections(directive) : unclear(directive)
        }
        switch directive.name {
        case "client_max_body_size":
            guard let size = NginxValues.size(directive[0]) else { return unclear(directive) }
            draft.set("limits", "request_body", size, at: directive.place)
        case "keepalive_requests":
            guard let number = Int(directive[0]) else { return unclear(directive) }
            if number == 0 { return closeConnections(directive) }
            draft.set("limits", "requests_per_connection", "\(min(number, 1_000_000_000))", at: directive.place)
        case "access_log": if directive[0] == "off" { draft.set(nil, "access_log", "off", at: directive.place) }
        default: explain(directive)
        }
    }

    /// Closes every connection after one response, whatever else is said of how many it may have.
    private mutating func closeConnections(_ directive: NginxDirective) {
        draft.settings.removeAll { $0.key == "requests_per_connection" }
        draft.set("limits", "requests_per_connection", "1", at: directive.place)
    }

    mutating func unclear(_ directive: NginxDirective) {
        draft.note("\(directive.text): the value is not understood", at: directive.place)
    }

    /// Notes a directive that has no part in the output.
    mutating func explain(_ directive: NginxDirective) {
        let name = directive.name
        guard !NginxVocabulary.isTold(name) else { return }
        if NginxVocabulary.isOwn(name) {
            ownWays.insert(name)
        } else if !NginxVocabulary.isOff(directive) {
            let note = NginxVocabulary.note(name)
            draft.note("\(directive.text): \(note.reason)", at: directive.place, note.danger)
        }
    }

    /// Notes a directive in a server or location whose equivalent here is global.
    mutating func setting(of directive: NginxDirective) {
        let global = ["keepalive_timeout", "keepalive_requests", "send_timeout", "client_header_timeout", "client_body_timeout"]
        if global.contains(directive.name) {
            draft.note(
                "\(directive.text): timeouts of clients and limits of connections are for all hosts and paths",
                at: directive.place, .small)
        } else if directive.name == "set", directive[0] == "$args" {
            draft.note("\(directive.text): the app gets the client's query", at: directive.place, .answer)
        } else if directive.name == "if" {
            noteImpossible(directive)
            for inner in directive.block ?? [] { setting(of: inner) }
        } else {
            explain(directive)
        }
    }

    /// Returns the name of an upstream for a `proxy_pass`; nil, after a note, when it is not known.
    ///
    /// - Parameters:
    ///   - address: scheme, host and port, without a path.
    ///   - host: the `Host` that the app sees; nil to pass on the client's.
    ///   - more: further keys, one on each line.
    mutating func upstream(_ address: String, host: String?, lines more: [String], _ directive: NginxDirective) -> String? {
        guard let mark = address.range(ofFirst: "://") else {
            unclear(directive)
            return nil
        }
        let scheme = String(address[..<mark.lowerBound])
        let name = String(address[mark.upperBound...])
        var group = NginxGroup()
        if let block = groups[name] {
            for entry in block.block ?? [] where !group.read(entry, scheme, into: &draft) { explain(entry) }
        } else {
            group.servers = [ImportDraft.Server(address: NginxGroup.url(name, scheme))]
        }
        let (servers, lines) = (group.servers, group.lines + more)
        guard !servers.isEmpty else {
            unclear(directive)
            return nil
        }
        let key = "\(servers) \(host ?? "") \(lines)"
        if let known = upstreamNames[key] { return known }
        let unique = uniqueName(groups[name] == nil ? Self.nameOf(name) : name)
        upstreamNames[key] = unique
        draft.upstreams.append(
            ImportDraft.Upstream(
                name: unique, servers: servers, host: host, lines: lines, origin: (groups[name] ?? directive).place))
        return unique
    }

    /// Returns `backend` for backend:8000, `gunicorn` for unix:/run/gunicorn.sock, and `app` for an address.
    private static func nameOf(_ address: String) -> String {
        if address.hasPrefix("unix:") {
            let file = address.split(separator: "/").last ?? "app"
            return clean(file.split(separator: ".").first.map(String.init) ?? "app")
        }
        let host = address.split(separator: ":").first.map(String.init) ?? ""
        let isAddress = host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E } || address.hasPrefix("[")
        return isAddress || host == "localhost" ? "app" : clean(host)
    }

    private static func clean(_ name: String) -> String {
        let name = name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        return name.isEmpty ? "app" : name
    }

    private mutating func uniqueName(_ wanted: String) -> String {
        let wanted = Self.clean(wanted)
        var (name, number) = (wanted, nextNumbers[wanted] ?? 2)
        while nextNumbers[name] != nil {
            name = "\(wanted)-\(number)"
            number += 1
        }
        nextNumbers[wanted] = number
        nextNumbers[name] = nextNumbers[name] ?? 2
        return name
    }
}
