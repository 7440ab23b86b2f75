import HeaderPolicy
import ProxyConfig

/// A configuration in the making: what an import understood, before it is written as YAML.
struct ImportDraft {
    /// One rule; where it is from is part of it, so that the same rule on several routes is recognised.
    struct Rule: Hashable {
        enum Body: Hashable {
            /// `set` or `add` of one field. Neighbours of the same kind are written as one rule.
            case field(action: String, name: String, value: String)
            case remove([String])
            /// The rules of one of `policies`.
            case use(String)
            /// Written as it is, the first line behind the dash.
            case lines([String])
        }

        var body: Body
        /// What stands behind `when:`, as YAML.
        var when: String?
        /// Where it is from; empty for what the import adds by itself.
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
        /// Names of listeners.
        var listeners: [String] = []
        /// What else has to hold.
        var tests = NginxTests.always
        /// The same behind `when:`, as YAML.
        var when: String?
        var action: Action
        var stripPrefix: String?
        /// As YAML, by key.
        var timeouts: [(key: String, value: String)] = []
        var requestBody: String?
        var requestRules: [Rule] = []
        var responseRules: [Rule] = []
        /// Written above it.
        var comment: String?
        var origin: String
    }

    struct Upstream {
        var name: String
        var servers: [Server]
        var host: String?
        /// Further keys, a line each, without indentation.
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
        /// Routes tell listeners apart by it.
        var name: String?
        /// Further keys, a line each, without indentation.
        var lines: [String] = []
        var origin: String
    }

    struct Setting {
        /// `limits` or `timeouts`; nil for a key of the first level.
        var section: String?
        var key: String
        var value: String
        var origin: String
    }

    /// What did not carry over, or only nearly.
    struct Note: Hashable {
        var origin: String
        var text: String
        var danger = Danger.field
    }

    /// What comes of it when nobody reads a note.
    enum Danger: Int {
        /// What kept somebody out could not be told: nobody comes in.
        case closed
        /// Requests are answered in another way than before.
        case answer
        /// A field is missing, or has another value.
        case field
        /// Nobody will notice.
        case small
    }

    /// The first comment, a line each.
    var title: [String] = []
    private(set) var notes: [Note] = []
    private var noted: Set<Note> = []

    /// By danger, then by file, in the order in which the first note of each came, and then by line.
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
    /// Rules for every route, beside those that all routes turn out to share.
    var responseRules: [Rule] = []

    mutating func note(_ text: String, at origin: String, _ danger: Danger = .field) {
        let note = Note(origin: origin, text: text, danger: danger)
        if noted.insert(note).inserted { notes.append(note) }
    }

    /// The first value stands: what is said again further in is noted by whoever says it.
    mutating func set(_ section: String?, _ key: String, _ value: String, at origin: String) {
        guard !settings.contains(where: { $0.section == section && $0.key == key }) else { return }
        settings.append(Setting(section: section, key: key, value: value, origin: origin))
    }

    /// Moves the rules that all routes begin with to the first level: global rules run before a route's, so nothing changes
    /// but the length of the file.
    mutating func shareRules() {
        defer { namePolicies() }
        responseRules += share(\.responseRules) { _ in true }
        requestRules = share(\.requestRules) { route in
            if case .upstream = route.action { true } else { false }
        }
    }

    private(set) var requestRules: [Rule] = []
    private(set) var policies: [(name: String, rules: [Rule])] = []

    /// What several routes have in common, all of their rules or the fields that they add at last, becomes a policy.
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

    // MARK: What turns out not to be possible

    /// Takes something out and says why.
    mutating func drop(_ subject: Subject, because reason: String) {
        switch subject {
        case .rule(let rule):
            note(reason, at: rule.origin)
            responseRules.removeAll { $0 == rule }
            requestRules.removeAll { $0 == rule }
            for index in policies.indices { policies[index].rules.removeAll { $0 == rule } }
            for index in routes.indices {
                routes[index].responseRules.removeAll { $0 == rule }
                routes[index].requestRules.removeAll { $0 == rule }
            }
        case .route(let index):
            guard routes.indices.contains(index) else { return }
            // Without it, its requests would go to the next one.
            if case .respond(403, nil, nil) = routes[index].action {
                note(reason, at: routes[index].origin, .answer)
                routes.remove(at: index)
            } else {
                note("\(reason); its requests are answered 403", at: routes[index].origin, .closed)
                routes[index].action = .respond(status: 403, type: nil, body: nil)
                routes[index].stripPrefix = nil
                routes[index].timeouts = []
                routes[index].requestBody = nil
            }
        case .upstream(let name):
            note(reason, at: upstreams.first { $0.name == name }?.origin ?? "")
            upstreams.removeAll { $0.name == name }
            for index in routes.indices {
                guard case .upstream(name) = routes[index].action else { continue }
                routes[index].action = .respond(status: 502, type: nil, body: nil)
                routes[index].stripPrefix = nil
                routes[index].comment = "the upstream \(name) did not carry over"
            }
        case .listener(let index):
            guard listeners.indices.contains(index) else { return }
            note(reason, at: listeners[index].origin)
            listeners.remove(at: index)
        case .setting(let section, let key):
            note(reason, at: settings.first { $0.section == section && $0.key == key }?.origin ?? "")
            settings.removeAll { $0.section == section && $0.key == key }
        }
    }

    /// What a line of the output is about.
    enum Subject: Hashable {
        case rule(Rule)
        case route(Int)
        case upstream(String)
        case listener(Int)
        case setting(section: String?, key: String)
    }

    /// The text, which loads: what the loader refuses is taken out and noted, until nothing is left to refuse.
    ///
    /// - Throws: what is wrong with the output in a place that cannot be taken out.
    mutating func written() throws(ConfigurationErrors) -> String {
        // Files that the output names are for `letterhead check` to look for, on the machine that runs it.
        let loader = ConfigurationLoader(environment: [:]) { _ in [] }
        while true {
            let lines = ImportText(self).lines
            let text = lines.map(\.text).joined(separator: "\n") + "\n"
            let outcome = loader.read(text: text, file: "letterhead.yaml")
            if outcome.configuration != nil { return text }
            var reasons: [Subject: String] = [:]
            for diagnostic in outcome.diagnostics where diagnostic.severity == .error {
                guard lines.indices.contains(diagnostic.location.line - 1),
                    let subject = lines[diagnostic.location.line - 1].subject
                else { continue }
                reasons[subject] = reasons[subject] ?? diagnostic.message
            }
            // One at a time: to drop a route or a listener moves the numbers of those behind it.
            guard let (subject, reason) = reasons.min(by: { $0.value < $1.value }) else {
                throw ConfigurationErrors(outcome.diagnostics, omitted: outcome.omitted)
            }
            drop(subject, because: "not taken over: \(reason)")
        }
    }
}
