import HTTPModel
import HeaderPolicy
public import ProxyCore

/// What the MDN HTTP Observatory's public rules would miss in the responses of a route, judged offline: of a page over https
/// that the app sends without a field of its own.
public enum Grade {
    public struct Result: Sendable, Hashable {
        /// The route, counted from 0.
        public var route: Int
        /// 0 to 135 as the Observatory counts: 100, less what is missing, more for what is exemplary.
        public var score: Int
        public var letter: String
        /// What takes points off, each with how many.
        public var losses: [String]
    }

    /// One for each route that leads to an app.
    public static func results(of configuration: CompiledConfiguration) -> [Result] {
        configuration.routes.indices.compactMap { index in
            guard case .upstream = configuration.routes[index].action, let fields = response(index, configuration) else {
                return nil
            }
            return judge(fields, route: index)
        }
    }

    /// A page as it leaves by a route.
    private static func response(_ route: Int, _ configuration: CompiledConfiguration) -> [FieldText]? {
        let source = configuration.source.routes[route]
        let path = source.paths.first.map { $0.value.replacing("/**", with: "/x").replacing("*", with: "x") } ?? "/"
        let host = source.hosts.first.map { $0.value.replacing("*", with: "www") } ?? "app.example"
        var request = SimulatedRequest(scheme: .https, authority: host, target: path)
        request.fields = [FieldText("X-Forwarded-Proto", "https")]
        guard let exchange = try? SimulatedExchange(request, on: configuration, unixSeconds: 0), exchange.route == route else {
            return nil
        }
        exchange.receive(.response(status: 200, fields: [FieldText("Content-Type", "text/html")]))
        return exchange.response.fields.pairs.map { FieldText($0.name, $0.value) }
    }

    private static func judge(_ fields: [FieldText], route: Int) -> Result {
        var score = 100
        var losses: [String] = []
        func lose(_ points: Int, _ why: String) {
            score -= points
            losses.append("\(why) (-\(points))")
        }
        let policy = fields.combined("Content-Security-Policy")?.lowercased()
        if let policy {
            if policy.contains("'unsafe-inline'"), !policy.contains("'nonce-"), !policy.contains("'sha") {
                lose(20, "Content-Security-Policy allows inline scripts or styles")
            } else if policy.contains("'unsafe-eval'") {
                lose(10, "Content-Security-Policy allows eval")
            }
        } else {
            lose(25, "no Content-Security-Policy")
        }
        if let security = fields.combined("Strict-Transport-Security")?.lowercased() {
            let age = security.firstMatch(of: #/max-age="?(\d+)/#).flatMap { Int($0.1) } ?? 0
            if age < 15_768_000 { lose(10, "Strict-Transport-Security for less than half a year") }
        } else {
            lose(20, "no Strict-Transport-Security")
        }
        if fields.combined("X-Content-Type-Options")?.lowercased() != "nosniff" { lose(5, "no X-Content-Type-Options: nosniff") }
        let framing = fields.combined("X-Frame-Options")?.lowercased()
        if !(policy?.contains("frame-ancestors") ?? false), framing != "deny", framing != "sameorigin" {
            lose(20, "neither X-Frame-Options nor frame-ancestors")
        }
        if let referrer = fields.combined("Referrer-Policy")?.lowercased(), referrer.hasSuffix("unsafe-url") {
            lose(5, "Referrer-Policy tells the whole address")
        }
        if fields.combined("Access-Control-Allow-Origin") == "*", fields.combined("Access-Control-Allow-Credentials") == "true" {
            lose(50, "CORS for everybody, with credentials")
        }
        for cookie in fields.values(of: "Set-Cookie") where !cookie.lowercased().contains("secure") {
            lose(20, "a cookie without Secure")
        }
        return Result(route: route, score: max(0, score), letter: letter(score), losses: losses)
    }

    private static func letter(_ score: Int) -> String {
        let steps = [
            (100, "A+"), (90, "A"), (85, "A-"), (80, "B+"), (70, "B"), (65, "B-"), (60, "C+"), (50, "C"), (45, "C-"), (40, "D+"),
            (30, "D"), (25, "D-"),
        ]
        return steps.first { score >= $0.0 }?.1 ?? "F"
    }
}
