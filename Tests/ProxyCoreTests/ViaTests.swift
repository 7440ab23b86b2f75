import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

@Suite struct ViaTests {
    private static func exchange(
        _ settings: (inout Configuration) -> Void = { _ in }, _ fields: [(String, String)] = [], version: HTTPVersion = .http11
    ) throws -> SimulatedExchange {
        var configuration = Configuration()
        let place = SourceLocation(file: "test.yaml", line: 1, column: 1)
        configuration.listeners = [Listener(bind: Located(.tcp(host: "127.0.0.1", port: 0), at: place))]
        let server = UpstreamServer(Located(.tcp(host: "127.0.0.1", port: 1), at: place))
        configuration.upstreams = [Upstream(name: "app", servers: [server], location: place)]
        var fixed = Route(.respond(FixedResponse(status: 200)), location: place)
        fixed.paths = located(["/fixed"])
        configuration.routes = [fixed, Route(.upstream("app"), location: place)]
        settings(&configuration)
        var request = SimulatedRequest(authority: "a.example", target: "/x")
        request.version = version
        request.fields = fields.map { FieldText($0.0, $0.1) }
        return try SimulatedExchange(request, on: CompiledConfiguration(configuration), unixSeconds: 0)
    }

    private static func via(_ exchange: SimulatedExchange) -> [String] {
        exchange.forwarded.pairs.filter { $0.name.lowercased() == "via" }.map(\.value)
    }

    @Test(
        arguments: [
            (HTTPVersion.http10, [], "1.0 letterhead"), (.http11, [], "1.1 letterhead"), (.http2, [], "2 letterhead"),
            (.http11, [("Via", "1.0 fred, 1.1 p.example.net")], "1.0 fred, 1.1 p.example.net, 1.1 letterhead"),
            (.http2, [("via", "1.0 fred (a, b)"), ("Via", ""), ("VIA", "2 x")], "1.0 fred (a, b), 2 x, 2 letterhead"),
        ] as [(HTTPVersion, [(String, String)], String)])
    func isAppended(_ version: HTTPVersion, _ fields: [(String, String)], _ value: String) throws {
        let exchange = try Self.exchange({ _ in }, fields, version: version)
        #expect(Self.via(exchange) == [value])
        exchange.receive(.response(status: 200, fields: []))
        #expect(!exchange.response.fields.pairs.contains { $0.name.lowercased() == "via" })
    }

    @Test func nameAndOff() throws {
        #expect(try Self.via(Self.exchange({ $0.via = "edge-1:8080" })) == ["1.1 edge-1:8080"])
        #expect(try Self.via(Self.exchange({ $0.via = nil })).isEmpty)
        #expect(try Self.via(Self.exchange({ $0.via = nil }, [("Via", "1.1 fred")])) == ["1.1 fred"])
        for (name, isGood) in [
            ("letterhead", true), ("[::1]:80", true), ("", false), ("a b", false), ("a,b", false), ("a(b", false),
            ("a\r\nb", false),
            ("a/b", false),
        ] {
            let isName = Via.isName(name.utf8.span)
            #expect(isName == isGood, "\(name)")
        }
    }

    /// A few hops by the same name are a chain; more are a loop.
    @Test(
        arguments: [
            ([], false), (["1.1 letterhead"], false), (["1.1 letterhead, 1.1 letterhead, 2 letterhead, 1.1 letterhead"], false),
            (["1.1 letterhead, 1.1 letterhead, 2 letterhead, 1.1 letterhead, HTTP/1.1 letterhead"], true),
            (
                ["1.1 letterhead", "1.1 Letterhead (comment)", "1.1\tletterhead", "1.1 a, 1.1 letterhead,,", "2 letterhead(x)"],
                true
            ),
            (["1.1 a", "1.1 a", "1.1 a", "1.1 a", "1.1 a", "1.1 a", "1.1 a"], false),
            (["1.1 letterhead-1, 1.1 xletterhead, letterhead, letterhead, letterhead letter, 1.1  "], false),
        ] as [([String], Bool)])
    func loops(_ values: [String], _ isLoop: Bool) throws {
        let exchange = try Self.exchange({ _ in }, values.map { ("Via", $0) })
        #expect(exchange.isAnswered == isLoop)
        if isLoop {
            #expect(exchange.response.status == 508 && exchange.facts.reason == .loopDetected)
        }
    }
}
