// What the header stage costs by itself: nanoseconds a response.
//
// `swift run -c release StageBenchmark [ROUNDS [ITERATIONS]]`. Fewer than 1,000 iterations run the twelve rules alone: under
// `valgrind --tool=memcheck`, 100 and 900 iterations must show the same number of heap allocations.

import HTTPModel
import HeaderPolicy

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let rounds = max(1, arguments.first ?? 2000)
let iterations = max(1, arguments.dropFirst().first ?? 1000)
let place = SourceLocation(file: "benchmark", line: 1, column: 1)

func located(_ text: String) -> Located<String> { Located(text, at: place) }

func set(_ name: String, _ value: String, if presence: Rule.Presence? = nil, when condition: Condition? = nil) -> Rule {
    Rule(
        .set([FieldValue(name: located(name), value: located(value))]), presence: presence, condition: condition, location: place)
}

func condition(_ change: (inout Condition) -> Void) -> Condition {
    var condition = Condition(location: place)
    change(&condition)
    return condition
}

/// Twelve rules as people write them: CORS with credentials, six security fields, and the rest of the actions.
func twelveRules() -> [Rule] {
    var cors = CORSPolicy(location: place)
    cors.allowOrigins = [located("https://app.example"), located("https://*.app.example")]
    cors.allowCredentials = Located(true, at: place)
    cors.exposeHeaders = [located("X-Request-ID")]
    let errors = condition {
        $0[.path] = [located("/api/**")]
        $0[.status] = [located("5xx")]
    }
    return [
        Rule(.cors(cors), location: place),
        set("Strict-Transport-Security", "max-age=63072000; includeSubDomains"),
        set("X-Content-Type-Options", "nosniff"),
        set("X-Frame-Options", "DENY"),
        set("Referrer-Policy", "strict-origin-when-cross-origin"),
        set("Permissions-Policy", "geolocation=(), camera=()"),
        set("Content-Security-Policy", "default-src 'self'", if: .absent),
        set("Cache-Control", "no-store", when: errors),
        Rule(.merge([FieldValue(name: located("Vary"), value: located("Accept-Encoding"))]), location: place),
        Rule(.rename([Rename(from: located("X-Legacy"), to: located("X-Modern"))]), location: place),
        Rule(.remove([located("Server"), located("X-Powered-By"), located("X-Debug-*")]), location: place),
        set("X-Served-By", "letterhead"),
    ]
}

/// `count` rules, each on a path of its own, half of them exact.
func pathRules(_ count: Int) -> [Rule] {
    (0..<count).map { number in
        set(
            "X-Rule-\(number % 10)", "v",
            when: condition { $0[.path] = [located("/p\(number)" + (number % 2 == 0 ? "" : "/**"))] }
        )
    }
}

/// One message and all that the stage needs for it, in one place: what is measured must be the stage, not captured variables.
struct Exchange: ~Copyable {
    let policy: CompiledPolicy
    let app: Fields
    var facts = ExchangeFacts()
    var head = ResponseHead()
    var scratch = StageScratch()

    init(_ rules: [Rule], target: String) throws {
        var names = FieldNames()
        policy = try CompiledPolicy(requestRules: [], responseRules: rules, names: &names)
        facts.source = .upstream
        facts.request.setTarget(target.utf8.span)
        facts.request.setAuthority("www.example".utf8.span)
        facts.request.fields.append("Origin", "https://app.example", in: names)
        var app = Fields()
        for (name, value) in [
            ("Server", "gunicorn"), ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Connection-Id", "7"),
            ("Content-Type", "text/html; charset=utf-8"), ("Content-Length", "12"), ("X-Legacy", "1"), ("Vary", "Cookie"),
            ("ETag", "\"abc\""), ("Cache-Control", "max-age=60"), ("X-Powered-By", "Flask"),
        ] {
            app.append(name, value, in: names)
        }
        self.app = app
    }

    /// What the app sent; a small part of what is measured, taken off again.
    @inline(never)
    mutating func fill() {
        head.fields.removeAll()
        for index in app.indices { head.fields.append(lineAt: index, of: app) }
    }

    @inline(never)
    mutating func apply() {
        policy.applyToResponse(&head, facts: facts, scratch: &scratch)
    }

    /// Nanoseconds for each of `iterations`.
    mutating func time(applying: Bool) -> Double {
        let start = ContinuousClock.now
        for _ in 0..<iterations {
            fill()
            if applying { apply() }
        }
        let duration = start.duration(to: .now).components
        return (Double(duration.seconds) * 1e9 + Double(duration.attoseconds) / 1e9) / Double(iterations)
    }
}

/// The best of all rounds, so that other work on the machine does not count.
func measure(_ name: String, _ rules: [Rule], target: String) throws -> Double {
    var exchange = try Exchange(rules, target: target)
    var (with, without) = (Double.infinity, Double.infinity)
    for _ in 0..<rounds {
        without = min(without, exchange.time(applying: false))
        with = min(with, exchange.time(applying: true))
    }
    print("\(name): \(Int(with - without)) ns (\(exchange.head.fields.count) fields)")
    return with - without
}

_ = try measure("12 rules", twelveRules(), target: "/api/users/7")
if iterations >= 1000 {
    _ = try measure("11 rules without CORS", Array(twelveRules().dropFirst()), target: "/api/users/7")
    _ = try measure("8 static sets", twelveRules()[1...5] + [set("A", "1"), set("B", "2"), set("C", "3")], target: "/")
    let ten = try measure("10 path rules", pathRules(10), target: "/p7/users/7")
    _ = try measure("100 path rules", pathRules(100), target: "/p7/users/7")
    let thousand = try measure("1000 path rules", pathRules(1000), target: "/p7/users/7")
    print("1000 against 10: \(Double(Int(thousand / ten * 100)) / 100)")
}
