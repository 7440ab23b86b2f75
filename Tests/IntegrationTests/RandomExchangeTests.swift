import Diagnosis
import Foundation
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import TestSupport
import Testing

/// Random exchanges: what `explain` and `test` say reaches the app, and leaves the proxy, does so over HTTP/1.1 and HTTP/2, field for
/// field, as a raw app and a raw client see it.
@Suite struct RandomExchangeTests {
    private static let names = (1...101).map { "x-n\($0)" }.joined(separator: ", ")

    private static let requestLines: [(String, String)] = [
        ("Origin", "https://app.example"), ("Origin", "https://evil.example"), ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "x-a, content-type"), ("Client-Cert", ":Zm9yZ2Vk:"),
        ("Client-Cert-Chain", ":Zm9yZ2Vk:"),
        ("Expect", "100-continue"), ("Expect", "magic"), ("expect", "100-Continue"), ("Connection", names),
        ("Connection", "X-Custom, Cookie"), ("X-Custom", "1"), ("Cookie", "a=b"), ("X_Under", "1"), ("Accept", "text/html"),
        ("Accept", "application/json"), ("Content-Type", "application/grpc"), ("X-Forwarded-For", "203.0.113.9"),
        ("User-Agent", "random/1"), ("TE", "trailers"), ("Upgrade-Insecure-Requests", "1"), ("Authorization", "Basic eDp5"),
    ]

    /// What makes a request unreadable, over one version or both.
    private static let badLines: [(String, String)] = [
        ("Transfer-Encoding", "gzip"), ("Transfer-Encoding", "identity"), ("Content-Length", "x"), ("Content-Length", "0"),
        ("Content-Length", "00"), ("Host", "site.example"), ("Host", "other.example"), ("Host", "a b"), ("Keep-Alive", "1"),
        ("Upgrade", "h2c"), ("TE", "gzip"), ("Proxy-Connection", "close"), ("X(", "1"), ("X-Control", "a\u{1}b"), ("", "1"),
        ("Connection", "close"),
    ]

    private static let badAnswers = [
        "Transfer-Encoding: gzip", "Content-Length: 3", "X(: 1", "X-Control: \u{1}", "Content-Length: x",
    ]

    private static let responseLines = [
        "Server: gunicorn", "X-Powered-By: Flask", "Vary: Accept", "Vary: Origin", "Set-Cookie: a=b; Path=/",
        "Set-Cookie: c=d; SameSite=None",
        "Cache-Control: max-age=60", "Access-Control-Allow-Origin: *", "Access-Control-Allow-Credentials: true",
        "Location: http://site.example/x", "Connection: \(names)", "Connection: X-Backend-Version", "X-Backend-Version: 3",
        "Content-Type: text/html", "X-Frame-Options: DENY", "Content-Security-Policy: default-src *", "X-Debug-Time: 1",
        "Keep-Alive: timeout=5",
    ]

    /// Of all policies together.
    private static let exchanges = 5_040

    @Test(arguments: ExplainTests.policies.map(\.name)) func randomExchangesAgree(_ name: String) throws {
        let policy = try #require(ExplainTests.policies.first { $0.name == name }).text
        let seed = ProcessInfo.processInfo.environment["LETTERHEAD_SEED"].flatMap { UInt64($0) } ?? UInt64(name.utf8.count)
        // The answer of each number is decided before it is asked for.
        var random = SplitMix64(seed: seed)
        let count = Self.exchanges / ExplainTests.policies.count + 1
        let answers = (0..<count).map { _ -> String in
            let status = random.pick(["200 OK", "204 No Content", "304 Not Modified", "404 Not Found", "500 Oh", "302 Found"])
            var lines = (0..<random.next(5)).map { _ in random.pick(Self.responseLines) }
            if random.next(8) == 0 { lines.append(random.pick(Self.badAnswers)) }
            let hasBody = !status.hasPrefix("204") && !status.hasPrefix("304")
            return (["HTTP/1.1 \(status)"] + lines + (hasBody ? ["Content-Length: 2"] : [])).joined(separator: "\r\n")
                + "\r\n\r\n"
                + (hasBody ? "ok" : "")
        }
        @Sendable func answer(_ target: String) -> String {
            let number = target.firstRange(of: "n=").flatMap { Int(target[$0.upperBound...].prefix { $0.isNumber }) }
            return number.map { answers[$0] } ?? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        }
        let origin = try RawOrigin { request in
            let text = answer(request.target)
            return request.method == "HEAD" ? text.components(separatedBy: "\r\n\r\n")[0] + "\r\n\r\n" : text
        }
        let extra = name == "realistic" ? ["web", "api", "files"] : []
        let upstreams = (["app"] + extra).map { "\($0): http://127.0.0.1:\(origin.port)" }.joined(separator: ", ")
        let text =
            "listen: 127.0.0.1:0\nupstreams: { \(upstreams) }\n"
            + (policy.contains("routes:") ? "" : "routes: [{ upstream: app }]\n") + policy + "\n"
        let proxy = try ProxyProcess(text)
        let configuration = try CompiledConfiguration(
            ConfigurationLoader(environment: [:]) { _ in [] }.load(text: text, file: "x.yaml"))
        for number in answers.indices {
            let path = random.pick([
                "/ok", "/api/x", "/embed/x", "/internal/x", "/robots.txt", "/old/a", "/none", "/static/app.js",
            ])
            var ask = Ask(
                method: random.pick(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]), target: "\(path)?n=\(number)")
            if random.next(20) == 0 { ask.method = random.pick(["CONNECT", String(repeating: "M", count: 33), "TRACE", "X("]) }
            ask.fields =
                [("X-Request-ID", "random-\(1000 + number)")] + (0..<random.next(6)).map { _ in random.pick(Self.requestLines) }
            if random.next(4) == 0 { ask.fields.append(random.pick(Self.badLines)) }
            let version = random.pick([HTTPVersion.http1, .http2])
            if version == .http2 { ask.fields = ask.fields.map { ($0.0.lowercased(), $0.1) } }
            let comment: Comment =
                "seed \(seed), \(name): \(version) \(ask.method) \(ask.target) \(ask.fields) \(answers[number])"
            let before = origin.requests.count
            let response = try #require(try ask.send(port: proxy.port, version), comment)
            let explained = try ExplainTests().explain(
                ask, configuration, version: version == .http2 ? .http2 : .http11, answer: answer(ask.target))
            let asked = Array(origin.requests[before...])
            #expect(asked.count == (explained.upstream == nil ? 0 : 1), comment)
            if let asked = asked.first, explained.upstream != nil {
                #expect(asked.method == ask.method && asked.target == explained.forwardedTarget, comment)
                let goes = Self.sent(explained.forwarded.pairs.map { ($0.name, $0.value) })
                #expect(goes == Self.sent(asked.fields.lines.map { ($0.name, $0.value) }), comment)
            }
            #expect(Int(explained.response.status.rawValue) == response.status, comment)
            let isKnown = explained.facts.requestID.elementsEqual("random-\(1000 + number)".utf8)
            let leaves = Self.seen(explained.response.fields.pairs.map { ($0.name, $0.value) }, isKnown: isKnown)
            let left = Self.seen(response.fields.lines.map { ($0.name, $0.value) }, isKnown: isKnown)
            // HTTP/2 has names in lower case.
            #expect(version == .http2 ? Self.lowered(leaves) == Self.lowered(left) : leaves == left, comment)
        }
    }

    /// A request that could have a body says that it has none; `Host` is shown beside the fields.
    private static func sent(_ fields: [(String, String)]) -> [String] {
        ExplainTests.comparable(
            fields.filter { $0.0.lowercased() != "host" && ($0.0.lowercased(), $0.1) != ("content-length", "0") })
    }

    /// - Parameter isKnown: whether the request's id was read; a fresh one is another each time.
    private static func seen(_ fields: [(String, String)], isKnown: Bool) -> [String] {
        ExplainTests.comparable(fields.filter { isKnown || $0.0.lowercased() != "x-request-id" })
    }

    private static func lowered(_ lines: [String]) -> [String] {
        lines.map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return line[..<colon].lowercased() + line[colon...]
        }
    }
}

extension SplitMix64 {
    fileprivate mutating func next(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    fileprivate mutating func pick<Value>(_ values: [Value]) -> Value { values[next(values.count)] }
}
