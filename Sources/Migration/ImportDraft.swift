import HeaderPolicy
import ProxyConfig

/// A draft of a configuration: the result of an import, before it is written as YAML.
struct ImportDraft {
    /// One rule. Its origin is a part of it, so that the same rule on several routes is recognized.
    struct Rule: Hashable {
        enum Body: Hashable {
            /// A `set` or `add` of one field. Neighbours of the same kind are written as one rule.
            case field(action: String, name: String, value: String)
            case remove([String])
            /// The rules of one of `policies`.
            case use(String)
            /// A rule that is written literally, with the first line after the dash.
            case lines([String])
        }

        var body: Body
        /// The value of `when:`, as YAML.
        var when: String?
        /// The place that it comes from; empty for rules that the import adds by itself.
        var origin: String

        var isCORS: Bool { if case .lines(let lines) = body { lines.first == "cors:" } else { false } }
    }

    struct Route {
        enum Action {
            case upstream(String)
            case respond(status: Int, type: String?, body: String?)
            case redirect(to: String, status: Int)
        }

        var hosts: [String] = []
        var paths: [String] = []
        var methods: [String] = []
        /// The names of listeners.
        var listeners: [String] = []
        /// Further conditions.
        var tests = NginxCondition.always
        /// The further conditions as the value of `when:`, in YAML.
        var when: String?
        var action: Action
        var stripPrefix: String?
        /// The timeouts as YAML, by key.
        var timeouts: [(key: String, value: String)] = []
        var requestBody: String?
        var requestRules: [Rule] = []
        var responseRules: [Rule] = []
        /// The comment above the route.
        var comment: String?
        var origin: String
    }

    struct Upstream {
        var name: String
        var servers: [Server]
        var host: String?
        /// Further keys, one on each line, without indentation.
        var lines: [String] = []
        var origin: String
    }

    struct Server: Hashable {
        var address: String
        /// Further keys, as in a flow mapping.
        var more: [String] = []
    }

    struct Listener {
        var bind: String
        /// The name by which routes tell listeners apart.
        var name: String?
        /// Further keys, one on each line, without indentation.
        var lines: [String] = []
        var origin: String
    }

    struct Setting {
        /// The section, `limits` or `timeouts`; nil for a key of the first level.
        var section: String?
        var key: String
        var value: String
        var origin: String
    }

    /// A remark about something that was not carried over, or only approximately.
    struct Note: Hashable {
        var origin: String
        var text: String
        var danger = Danger.field
    }

    /// The consequence if nobody reads a note.
    enum Danger: Int {
        /// A restriction could not be translated, so nobody is let in.
        case closed
        /// Requests are answered differently than before.
        case answer
        /// A field is missing, or has another value.
        case field
        /// The consequence is too small to be noticed.
        case small
    }

    /// The lines of the first comment.
    var title: [String] = []
    private(set) var notes: [Note] = []
    private var noted: Set<Note> = []

    /// The notes sorted by danger, then by file in the order of their first notes, and then by line.
    var orderedNotes: [Note] {
        var files: [String] = []
        let places = notes.map { note -> [Int] in
            let parts = note.origin.split(separator: ":")
            let line = parts.last.flatMap { Int($0) }
            let file = line == nil ? note.origin : parts.dropLast().joined(separator: ":")
            if !files.contains(file) { files.append(file) }
            return [note.danger.rawValue, files.firstIndex(of: file) ?? 0, line ?? 0]
        }
        return notes.indices.sorted { (places[$0] + [$0]).lexicographicallyPrecedes(places[$1] + [$1]) }.map { notes[$0] }
    }

    var listeners: [Listener] = []
    var settings: [Setting] = []
    var upstreams: [Upstream] = []
    var routes: [Route] = []
    /// The rules for every route, in addition to those that all routes turn out to share.
    var responseRules: [Rule] = []

    mutating func note(_ text: String, at origin: String, _ danger: Danger = .field) {
        let note = Note(origin: origin, text: text, danger: danger)
        if noted.insert(note).inserted { notes.append(note) }
    }

    /// Sets a value unless there is one already. Repetitions in inner blocks are noted by the caller.
    mutating func set(_ section: String?, _ key: String, _ value: String, at origin: String) {
        guard !settings.contains(where: { $0.section == section && $0.key == key }) else { return }
        settings.append(Setting(section: section, key: key, value: value, origin: origin))
    }

    /// Moves the rules that all routes begin with to the first level. Global rules run before a route's, so nothing changes but
    /// the length of the file.
    mutating func shareRules() {
        defer { namePolicies() }
        responseRules += share(\.responseRules) { _ in true }
        requestRules = share(\.requestRules) { route in
            if case .upstream = route.action { true } else { false }
        }
    }

    private(set) var requestRules: [Rule] = []
    private(set) var policies: [(name: String, rules: [Rule])] = []

    /// Makes policies of the parts that several routes have in common: all of their rules, or the fields that they add at the
    /// end.
    private mutating func namePolicies() {
        namePolicies { $0 }
        namePolicies(Self.added)
    }

    private mutating func namePolicies(_ part: ([Rule]) -> [Rule]) {
        var counts: [[Rule]: Int] = [:]
        for route in routes { counts[part(route.responseRules), default: 0] += 1 }
        for index in routes.indices {
            let added = part(routes[index].responseRules)
            guard added.count > 1, counts[added] ?? 0 > 1 else { continue }
            let known = policies.first { $0.rules == added }?.name
            let name = known ?? (policies.isEmpty ? "headers" : "headers-\(policies.count + 1)")
            if known == nil { policies.append((name, added)) }
            routes[index].responseRules.removeLast(added.count)
            routes[index].responseRules.append(Rule(body: .use(name), origin: ""))
        }
    }

    private static func added(_ rules: [Rule]) -> [Rule] {
        Array(
            rules.reversed().prefix { rule in
                if case .field("add", _, _) = rule.body { true } else { false }
            }.reversed())
    }

    private mutating func share(_ path: WritableKeyPath<Route, [Rule]>, where takes: (Route) -> Bool) -> [Rule] {
        let places = routes.indices.filter { takes(routes[$0]) }
        guard var shared = places.first.map({ routes[$0][keyPath: path] }) else { return [] }
        for place in places {
            shared = zip(shared, routes[place][keyPath: path]).prefix { $0 == $1 }.map(\.0)
        }
        for place in places { routes[place][keyPath: path].removeFirst(shared.count) }
        return shared
    }

    // MARK: Parts that turn out to be impossible

    /// Removes a part of the draft and notes the reason.
    mutating func drop(_ subject: Subject, because reason: String) {
        switch subject {
        case .rule(let rule):
            note(reason, at: rule.origin)
            responseRules.removeAll { $0 == rule }
            let rest = Self.rest(of: rule)
            requestRules = requestRules.flatMap { $0 == rule ? rest : [$0] }
            for index in policies.indices { policies[index].rules.removeAll { $0 == rule } }
            for index in routes.indices {
                routes[index].responseRules.removeAll { $0 == rule }
                routes[index].requestRules = routes[index].requestRules.flatMap { $0 == rule ? rest : [$0] }
            }
        case .route(let index, let key): drop(key, ofRoute: index, because: reason)
        case .upstream(let name):
            note("\(reason); its requests are answered 502", at: upstreams.first { $0.name == name }?.origin ?? "")
            upstreams.removeAll { $0.name == name }
            for index in routes.indices {
                guard case .upstream(name) = routes[index].action else { continue }
                routes[index].action = .respond(status: 502, type: nil, body: nil)
                routes[index].stripPrefix = nil
                routes[index].comment = "the upstream \(name) did not carry over"
            }
        case .listener(let index):
            guard listeners.indices.contains(index) else { return }
            let origin = listeners.remove(at: index).origin
            note(reason, at: origin, .answer)
            guard listeners.isEmpty else { return }
            // A listener that nobody asked for must not let in those whom only the lost one let in.
            note("no listener is left, so that this machine alone is served: write `listen`", at: origin, .answer)
            listeners.append(Listener(bind: "127.0.0.1:8080", origin: ""))
        case .setting(let section, let key):
            note(reason, at: settings.first { $0.section == section && $0.key == key }?.origin ?? "")
            settings.removeAll { $0.section == section && $0.key == key }
        }
    }

    /// Removes a key that the loader refuses. Without the route its requests would go to the next one, which may let them in: it
    /// stays, and refuses them.
    private mutating func drop(_ key: String, ofRoute index: Int, because reason: String) {
        guard routes.indices.contains(index) else { return }
        var route = routes[index]
        // A `strip_prefix` kept nobody out.
        let status = key == "strip_prefix" ? 502 : 403
        switch (route.action, key) {
        case (_, "timeouts"), (_, "limits"):
            note(reason, at: route.origin)
            routes[index].timeouts = []
            routes[index].requestBody = nil
            return
        case (.respond(403, nil, nil), "when"):
            let tests = route.tests.filtered { Self.loads(NginxTest(subject: $0)) }
            route.tests = tests == route.tests ? .always : tests
            route.when = route.tests.yaml
        case (.respond(403, nil, nil), "method"): route.methods = []
        case (.respond(403, nil, nil), "path"): route.paths = []
        case (.respond(403, nil, nil), _), (.redirect(_, 301), "when"), (.redirect(_, 308), "when"):
            note(reason, at: route.origin, .answer)
            routes.remove(at: index)
            return
        default:
            route.action = .respond(status: status, type: nil, body: nil)
            route.stripPrefix = nil
            route.timeouts = []
            route.requestBody = nil
        }
        note("\(reason); what it would take is answered \(status)", at: route.origin, status == 403 ? .closed : .answer)
        routes[index] = route
    }

    /// What stays of a rule for requests: without it, a client's own value would be taken for the one that was set.
    private static func rest(of rule: Rule) -> [Rule] {
        guard case .field("set", let name, _) = rule.body else { return [] }
        return [Rule(body: .remove([name]), when: rule.when, origin: rule.origin)]
    }

    /// The part of the draft that a line of the output is about.
    enum Subject: Hashable {
        case rule(Rule)
        case route(Int, key: String)
        case upstream(String)
        case listener(Int)
        case setting(section: String?, key: String)
    }
}
