import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// Policies of a few rules, each of which a step makes from the one before, and what they are asked.
struct PolicyPairs {
    private var random: SplitMix64
    private var response: [String] = []
    private var request: [String] = []
    private var route: [String] = []

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        for _ in 0..<4 { step() }
    }

    private static let conditions = [
        "", "", "", ", when: { path: /api/** }", ", when: { status: 5xx }", ", when: { method: [GET, PUT] }",
        ", when: { source: proxy }", ", when: { content_type: text/html }", ", when: { request_header: { Origin: present } }",
        ", when: { response_header: { X-App: one } }", ", when: { not: { path: / } }", ", when: { client_ip: 10.0.0.0/8 }",
        ", when: { status: [404, 200-204] }", ", when: { query: { q: \"1\" } }", ", when: { query: { tab: [a, b c] } }",
        ", if: absent", ", if: present",
    ]

    private static let responseActions = [
        "set: { X-One: \"1\" }", "set: { X-One: \"2\" }", "set: { X-App: \"{method} {path}\" }", "add: { X-App: more }",
        "add: { Link: \"</a.css>; rel=preload\" }", "merge: { Vary: Accept-Encoding }", "merge: { Cache-Control: no-transform }",
        "set: { Cache-Control: no-store }", "set: { Cache-Control: \"public, max-age=60\" }", "remove: [Server, X-App]",
        "remove: \"X-*\"", "rename: { X-App: X-Renamed }", "edit: { Location: { match: \"^http:\", replace: \"https:\" } }",
        "edit: { X-App: { match: \"o(.)\", replace: \"0$1\" } }", "cookies: { secure: true, same_site: Lax }",
        "cookies: { http_only: true, names: [a] }", "cookies: { names: [a, plain], remove: true }", "preset: security",
        "set: { X-Id: \"{request.id}\" }",
        "cors: { allow_origins: [https://app.example] }",
        "cors: { allow_origins: [https://app.example, \"https://*.example\"], allow_credentials: true, allow_methods: [GET, PUT], allow_headers: [Content-Type] }",
        "cors: { allow_origins: [\"*\"], allow_methods: [PUT], allow_headers: [], expose_headers: [X-App], max_age: 1m }",
        "stop: true",
    ]

    private static let requestActions = [
        "set: { X-To-App: \"{client.ip}\" }", "remove: X-From-Page", "rename: { X-From-Page: X-Was }", "add: { X-To-App: b }",
        "set: { X-From-Page: mine }", "edit: { X-From-Page: { match: a, replace: b } }",
        "cookies: { names: [\"_g*\"], remove: true }",
    ]

    private mutating func rule(_ actions: [String], _ conditions: [String]) -> String {
        let action = actions.randomElement(using: &random) ?? ""
        var condition = conditions.randomElement(using: &random) ?? ""
        let takesPresence = ["set", "add", "merge", "edit"].contains { action.hasPrefix($0) }
        if condition.contains("if:"), !takesPresence { condition = "" }
        if action.hasPrefix("preset") { condition = "" }
        return "{ \(action)\(condition) }"
    }

    private mutating func changed(_ old: [String], _ actions: [String], _ conditions: [String]) -> [String] {
        var rules = old
        let place = rules.isEmpty ? 0 : Int.random(in: 0..<rules.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0 where !rules.isEmpty: rules.remove(at: place)
        case 1 where !rules.isEmpty: rules[place] = rule(actions, conditions)
        case 2 where rules.count > 1: rules.swapAt(place, 0)
        default: rules.insert(rule(actions, conditions), at: place)
        }
        return Array(rules.prefix(5))
    }

    private mutating func step() {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: request = changed(request, Self.requestActions, ["", ", when: { path: /api/** }", ", when: { method: PUT }"])
        case 1: route = changed(route, Self.responseActions, Self.conditions)
        default: response = changed(response, Self.responseActions, Self.conditions)
        }
    }

    /// The next policy; nil where a load would refuse it.
    mutating func next() -> CompiledConfiguration? {
        step()
        return Self.policy(request, response, route)
    }

    private static func policy(_ request: [String], _ response: [String], _ route: [String]) -> CompiledConfiguration? {
        let text = """
            upstreams: { app: http://127.0.0.1:1 }
            request_headers: [\(request.joined(separator: ", "))]
            response_headers: [\(response.joined(separator: ", "))]
            routes:
              - { path: /fixed, respond: { status: 200, content_type: text/plain, body: fixed } }
              - { path: /api/**, upstream: app, response_headers: [\(route.joined(separator: ", "))] }
              - { upstream: app }
            """
        return try? ConfigurationLoader(environment: [:]) { _ in [] }.read(text: text, file: "a.yaml").compiled()
    }

    /// A policy of which some rules are in shadow, without those rules, and with them enforced.
    struct Shadowed {
        var shadow: CompiledConfiguration
        var without: CompiledConfiguration
        var enforced: CompiledConfiguration
    }

    /// The next policy with rules in shadow; nil where a load would refuse it.
    mutating func nextShadowed() -> Shadowed? {
        step()
        let lists = [request, response, route]
        let isShadow = lists.map { list in list.map { _ in Int.random(in: 0..<3, using: &random) == 0 } }
        func policy(_ form: (String, Bool) -> String?) -> CompiledConfiguration? {
            let written = zip(lists, isShadow).map { zip($0, $1).compactMap(form) }
            return Self.policy(written[0], written[1], written[2])
        }
        guard let shadow = policy({ $1 ? $0.dropLast(2) + ", shadow: true }" : $0 }),
            let without = policy({ $1 ? nil : $0 }), let enforced = policy({ rule, _ in rule })
        else { return nil }
        return Shadowed(shadow: shadow, without: without, enforced: enforced)
    }

    /// A request and what an app says, such as both may be.
    mutating func question() -> DiffQuestion {
        func one<Value>(_ values: [Value], _ standard: Value) -> Value { values.randomElement(using: &random) ?? standard }
        let target = one(["/", "/api/orders?x=1", "/fixed", "/other"], "/")
        var request = SimulatedRequest(
            method: one(["GET", "GET", "PUT", "HEAD", "OPTIONS"], "GET"), authority: "app.example", target: target)
        request.client = one(["10.1.2.3", "192.0.2.1"], "192.0.2.1")
        for line in [FieldText("Origin", "https://app.example"), FieldText("X-From-Page", "abc"), FieldText("Cookie", "a=1")]
        where Bool.random(using: &random) {
            request.fields.append(line)
        }
        if request.method == "OPTIONS" { request.fields.append(FieldText("Access-Control-Request-Method", "PUT")) }
        let question = ExplainQuestion(request: request, unixSeconds: 784_111_777)
        if Int.random(in: 0..<8, using: &random) == 0 { return DiffQuestion(question, answer: .fault(.connectFailed)) }
        var fields = [FieldText("Content-Type", one(["text/html", "application/json"], "")), FieldText("Content-Length", "0")]
        for line in [
            FieldText("X-App", "one"), FieldText("Server", "gunicorn"), FieldText("Vary", "Cookie"),
            FieldText("Set-Cookie", "a=1; Path=/"), FieldText("Set-Cookie", "b=2"), FieldText("x-app", "two"),
            FieldText("Location", "http://app.example/x"), FieldText("Cache-Control", "max-age=5"),
            FieldText("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ] where Bool.random(using: &random) {
            fields.append(line)
        }
        return DiffQuestion(question, answer: .response(status: one([200, 404, 500, 302], 200), fields: fields))
    }
}
