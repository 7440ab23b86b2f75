import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

@testable import Diagnosis

/// What passed the proxy, as a HAR that our reader and others' take.
@Suite struct HARWriterTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (1_769_846_700_250, "2026-01-31T08:05:00.250Z"),
        (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (-5, "1970-01-01T00:00:00.000Z"),
    ])
    func dates(_ milliseconds: Int, _ text: String) { #expect(HARWriter.date(milliseconds) == text) }

    static func configuration() throws -> CompiledConfiguration {
        let place = SourceLocation(file: "x.yaml", line: 1, column: 1)
        var source = Configuration()
        source.listeners = [Listener(bind: Located(.tcp(host: "127.0.0.1", port: 0), at: place))]
        source.routes = [Route(.respond(FixedResponse(status: 200)), location: place)]
        return try CompiledConfiguration(source)
    }

    /// A request that has passed with its answer, a 200.
    static func exchange(_ fields: [FieldText]) throws -> InspectedExchange {
        var request = try #require(SimulatedRequest(method: "GET", url: "http://api.example/x"))
        request.fields = fields
        let configuration = try configuration()
        let simulated = try SimulatedExchange(request, on: configuration, unixSeconds: 1, isTraced: true)
        return InspectedExchange(
            simulated.facts, on: configuration, listener: 0, route: simulated.route, requestTrace: simulated.requestTrace,
            responseTrace: simulated.responseTrace, rules: simulated.traced)
    }

    @Test func isReadAgain() throws {
        var facts = ExchangeFacts()
        facts.request.setMethod("PUT".utf8.span)
        facts.request.setTarget("/a?b=c&token=a-secret&d".utf8.span)
        facts.request.setAuthority("api.example".utf8.span)
        facts.request.fields.append("Origin", "https://app.example")
        facts.request.fields.append("Cookie", "a=a-cookie")
        var exchange = InspectedExchange(
            facts, on: try Self.configuration(), listener: 0, route: 0, requestTrace: nil, responseTrace: nil, rules: nil
        )
        exchange.status = 503
        exchange.microseconds = 12_345
        let gone = exchange
        exchange.status = nil
        let text =
            HARWriter.head(version: "1\"2") + [gone, exchange].map(HARWriter.entry).joined(separator: ",\n") + HARWriter.foot
        let found = HARReaderTests.read(text)
        #expect(found.error == nil && found.creator == "Letterhead" && found.entries.map(\.status) == [503, 0])
        #expect(found.entries.first?.url == "http://api.example/a?b=c&token=[redacted]&d")
        #expect(found.entries.first?.requestFields.last == FieldText("Cookie", "a=[redacted]"))
        #expect(found.entries.last?.error != nil && !text.contains("a-secret") && text.contains(#""name":"d","value":"""#))
    }

    /// A response of the app that breaks off, unless the client wanted no more of it.
    @Test(arguments: [
        (Reason?.some(.upstreamClosed), RecordedVerdict.Kind.bodyBroken), (.invalidResponse, .bodyBroken),
        (.responseTimeout, .bodyBroken), (.exchangeTimeout, .bodyBroken), (.clientClosed, .sameOrigin), (nil, .sameOrigin),
    ])
    func brokenBodies(_ reason: Reason?, _ kind: RecordedVerdict.Kind) throws {
        var exchange = try Self.exchange([FieldText("Origin", "http://api.example")])
        (exchange.status, exchange.source, exchange.reason) = (200, .upstream, reason)
        let text = HARWriter.head(version: "1") + HARWriter.entry(exchange) + HARWriter.foot
        #expect(HARJudgeTests.judge(text).map(\.verdict.kind) == [kind], "\(text)")
        #expect(InspectionJSON.text(of: exchange, number: 1).contains(#""good":\#(kind == .sameOrigin)"#))
    }

    /// Over HTTP/1.1 it has a key, over HTTP/2 it had CONNECT, of which the proxy makes a GET.
    @Test(arguments: [("Sec-WebSocket-Key", 101), ("Sec-WebSocket-Version", 200)])
    func webSockets(_ name: String, _ status: UInt16) throws {
        var exchange = try Self.exchange([FieldText("Origin", "https://app.example"), FieldText(name, "x")])
        exchange.status = Status(rawValue: status)
        let text = HARWriter.head(version: "1") + HARWriter.entry(exchange) + HARWriter.foot
        #expect(HARReaderTests.read(text).entries.first?.resource == "websocket", "\(text)")
        #expect(HARJudgeTests.judge(text).map(\.verdict.kind) == [.noPage])
        #expect(InspectionJSON.text(of: exchange, number: 1).contains(#""verdict":null"#))
    }
}
