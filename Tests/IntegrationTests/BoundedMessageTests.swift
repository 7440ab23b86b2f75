import Diagnosis
import Foundation
import HTTPModel
import ProxyConfig
import ProxyCore
import TestSupport
import Testing

/// What is beyond the limits is refused alike by the running proxy and by what explains it, with the same headers: for random requests
/// and answers near the limits, over HTTP/1.1 and HTTP/2.
@Suite struct BoundedMessageTests {
    private static let policy = """
        limits: { request_target: 300, header_count: 12, request_headers: 2KB, request_body: 10 }
        response_headers:
          - cors: { allow_origins: [https://app.example, https://other.example], allow_methods: [PUT] }
          - set: { X-Host: "{request.header.host}", X-Status: "{status}" }
        routes:
          - { path: /a, upstream: app, response_headers: [{ set: { X-Route: a } }] }
          - { upstream: app }

        """

    @Test func randomMessagesAgree() throws {
        let seed = ProcessInfo.processInfo.environment["LETTERHEAD_SEED"].flatMap { UInt64($0) } ?? 41
        var random = SplitMix64(seed: seed)
        let answers = (0..<400).map { _ -> String in
            let lines = (0..<Int.random(in: 0...14, using: &random)).map { "X-\($0): \(Self.text(&random))" }
            return "HTTP/1.1 200 OK\r\n" + lines.map { $0 + "\r\n" }.joined() + "Content-Length: 2\r\n\r\nok"
        }
        @Sendable func answer(_ target: String) -> String {
            let number = target.firstRange(of: "n=").flatMap { Int(target[$0.upperBound...].prefix { $0.isNumber }) }
            return number.map { answers[$0] } ?? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        }
        let origin = try RawOrigin { answer($0.target) }
        defer { origin.stop() }
        let text = "listen: 127.0.0.1:0\nupstreams: { app: http://127.0.0.1:\(origin.port) }\n\(Self.policy)"
        let proxy = try ProxyProcess(text)
        let configuration = try CompiledConfiguration(
            ConfigurationLoader(environment: [:]) { _ in [] }.load(text: text, file: "x.yaml"))
        var statuses: [Int: Int] = [:]
        for number in answers.indices {
            let version = Bool.random(using: &random) ? TestSupport.HTTPVersion.http1 : .http2
            var ask = Ask(method: ["GET", "PUT"].randomElement(using: &random) ?? "GET", target: "/a?n=\(number)&")
            let length = [0, 0, 0, 200, 290, 300, 2_100, 2_400].randomElement(using: &random) ?? 0
            if length > 0 {
                ask.target += String(repeating: "t", count: Int.random(in: length - 15...length + 15, using: &random))
            }
            if ask.method == "PUT" { ask.body = String(repeating: "b", count: Int.random(in: 8...12, using: &random)) }
            for place in 0..<Int.random(in: 0...13, using: &random) { ask.fields.append(("x-n\(place)", Self.text(&random))) }
            for line in [
                ("origin", "https://app.example"), ("origin", "https://other.example"), ("accept", "text/html"),
                ("cookie", "a=b"),
                ("cookie", "c=d"),
            ] where Int.random(in: 0..<3, using: &random) == 0 {
                ask.fields.insert(line, at: Int.random(in: 0...ask.fields.count, using: &random))
            }
            let comment: Comment =
                "seed \(seed): \(version) \(ask.method) \(ask.target) \(ask.fields) \(ask.body) \(answers[number])"
            let response = try #require(try ask.send(port: proxy.port, version), comment)
            let explained = try Self.explain(ask, version, configuration, answer(ask.target))
            statuses[response.status, default: 0] += 1
            #expect(Int(explained.response.status.rawValue) == response.status, comment)
            let leaves = Self.comparable(explained.response.fields.pairs.map { ($0.name, $0.value) })
            #expect(leaves == Self.comparable(response.fields.lines.map { ($0.name, $0.value) }), comment)
        }
        for status in [200, 413, 414, 431, 502] { #expect(statuses[status, default: 0] > 5, "\(statuses)") }
    }

    /// Mostly short, sometimes near the limit of all lines together.
    private static func text(_ random: inout SplitMix64) -> String {
        let length = Int.random(in: 0..<5, using: &random) == 0 ? Int.random(in: 300...1_990, using: &random) : 12
        return String(repeating: "v", count: length)
    }

    private static func explain(
        _ ask: Ask, _ version: TestSupport.HTTPVersion, _ configuration: CompiledConfiguration, _ answer: String
    ) throws -> SimulatedExchange {
        var request = SimulatedRequest(method: ask.method, authority: ask.host, target: ask.target)
        request.version = version == .http2 ? .http2 : .http11
        let length = ask.body.isEmpty ? [] : [("Content-Length", "\(ask.body.utf8.count)")]
        let close = version == .http2 ? [] : [("Connection", "close")]
        request.fields = (ask.fields + length + close).map { FieldText($0.0, $0.1) }
        let exchange = try SimulatedExchange(request, on: configuration, unixSeconds: 0)
        guard exchange.upstream != nil else { return exchange }
        let head = RawHead(answer.components(separatedBy: "\r\n\r\n")[0].utf8)
        exchange.receive(.response(status: 200, fields: head.fields.lines.map { FieldText($0.name, $0.value) }))
        return exchange
    }

    /// In lower case, without what belongs to the connection, the clock and the one request.
    private static func comparable(_ fields: [(String, String)]) -> [String] {
        let own = ["connection", "date", "keep-alive", "x-request-id", "content-length"]
        return fields.map { ($0.0.lowercased(), $0.1) }.filter { !own.contains($0.0) }.map { "\($0.0): \($0.1)" }
    }
}
