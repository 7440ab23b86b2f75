import ExchangeDriver
import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

@Suite struct ExchangeTunnelTests {
    private static let key = FieldText("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
    private static let accept = FieldText("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    private static let upgrade = FieldText("Upgrade", "websocket")

    private static func asked(_ request: DrivenRequest) -> DrivenExchange {
        let driven = DrivenExchange()
        _ = driven.begin(request)
        _ = driven.connect()
        return driven
    }

    private static var keyed: DrivenRequest {
        var request = DrivenRequest.upgrade
        request.fields.append(key)
        return request
    }

    /// A 101 is believed where it takes what was offered and answers what was asked.
    @Test(
        arguments: [
            ([upgrade, accept], "tunnel 101 none", nil), ([upgrade], "cancels, reply 502", "wrong_websocket_key"),
            ([upgrade, FieldText("Sec-WebSocket-Accept", "AAAA")], "cancels, reply 502", "wrong_websocket_key"),
            ([FieldText("Upgrade", "h2c"), accept], "cancels, reply 502", "other_protocol"),
            ([], "cancels, reply 502", "other_protocol"),
        ] as [([FieldText], String, String?)])
    func switches(_ fields: [FieldText], _ expected: String, _ fault: String?) {
        let driven = Self.asked(Self.keyed)
        #expect(driven.answer(101, fields) == expected)
        #expect(driven.exchange.badResponse?.fault == fault && driven.broken.isEmpty)
    }

    /// The app may also say no.
    @Test func staysWithHTTP() {
        let driven = Self.asked(Self.keyed)
        #expect(driven.answer(200) == "head 200 length(5)")
        #expect(driven.finish() == "finish")
    }

    /// Over HTTP/2 the 101 becomes a 200, whose `Sec-WebSocket-Accept` is nobody's business.
    @Test func fromHTTP2() {
        let driven = Self.asked(.webSocket)
        #expect(driven.exchange.facts.request.method == .get && driven.exchange.isWebSocket)
        #expect(driven.answer(101, driven.goodSwitch) == "tunnel 200 untilClose")
        let names = driven.exchange.response.fields.pairs.map(\.name)
        #expect(!names.contains("Sec-WebSocket-Accept") && names.contains("Date") && driven.broken.isEmpty)
    }

    @Test func successIsNoWebSocket() {
        let driven = Self.asked(.webSocket)
        #expect(driven.answer(200) == "cancels, reply 502")
        #expect(driven.exchange.badResponse == .missingSwitch)
        #expect(Self.asked(.webSocket).answer(403) == "head 403 length(5)")
        var fixed = DrivenRequest.webSocket
        fixed.target = "/fixed"
        #expect(DrivenExchange().begin(fixed) == "reply 400")
    }

    /// HTTP/2 knows no switch: the request goes on without the offer.
    @Test func toHTTP2() {
        var request = DrivenRequest("GET", "/modern/x", [FieldText("Upgrade", "chat/1"), FieldText("Connection", "upgrade")])
        request.wantsUpgrade = true
        let driven = Self.asked(request)
        #expect(driven.exchange.upgrade.isEmpty)
        #expect(driven.answer(101, [Self.upgrade]) == "cancels, reply 502")
        #expect(driven.exchange.badResponse == .unaskedSwitch)
    }

    /// An app that is asked for a WebSocket as if for a page would answer with one.
    @Test(arguments: [DrivenRequest.upgrade, .webSocket]) func webSocketsToHTTP2(_ request: DrivenRequest) {
        var request = request
        request.target = "/modern/x"
        let driven = DrivenExchange()
        #expect(driven.begin(request) == "reply 501")
        #expect(driven.exchange.facts.reason == .noWebSocketOverHTTP2 && driven.exchange.facts.upstream.isEmpty)
    }

    @Test func tooManyTunnels() {
        let driven = DrivenExchange()
        _ = driven.begin(.upgrade)
        #expect(driven.refuse() == "reply 503")
        #expect(driven.exchange.facts.reason == .tooManyTunnels && driven.exchange.facts.upstream.isEmpty)
    }

    /// Bytes go both ways, and each side waits for the other.
    @Test func backPressure() {
        let driven = Moment.tunnel.driven
        #expect(driven.tunnelBytes(4) == "credit 4")
        #expect(driven.tunnelBytes(3, fills: true) == "pause")
        #expect(driven.appTakes() == "credit 3, resume")
        #expect(driven.responseBytes(9, fills: true) == "-" && driven.clientTakes() == "read")
        #expect(driven.exchange.requestBytes == 7 && driven.exchange.responseBytes == 9 && driven.broken.isEmpty)
    }

    /// The app may go on when the client's side has ended, and its end is then the client's.
    @Test func halfEnded() {
        let driven = Moment.tunnel.driven
        #expect(driven.tunnelInputEnds() == "finish app's side" && driven.tunnelInputEnds() == "-")
        #expect(driven.responseBytes(3) == "-")
        #expect(driven.exchange.deadline == driven.context.now + 5_000)
        #expect(driven.fail(.closed) == "cancels, finish tunnel")
        #expect(driven.exchange.facts.reason == .tunnelClosedByClient && driven.broken.isEmpty)
    }

    /// An app that breaks off has not ended its side: the client of a stream is told so (RFC 8441 §5).
    @Test func breaksOff() {
        let driven = Self.asked(.webSocket)
        _ = driven.answer(101, driven.goodSwitch)
        #expect(driven.fail(.reset) == "cancels, truncate")
        #expect(driven.exchange.facts.reason == .tunnelClosedByUpstream && driven.broken.isEmpty)
        #expect(Moment.tunnel.driven.fail(.reset) == "cancels, finish tunnel")
    }

    @Test(
        arguments: [
            (TunnelEnd.client, "cancels, finish tunnel"), (.upstream, "cancels, finish tunnel"), (.idle, "cancels, truncate"),
            (.stalled, "cancels, truncate"), (.stop, "cancels, truncate"),
        ])
    func ends(_ end: TunnelEnd, _ expected: String) {
        let driven = Moment.tunnel.driven
        #expect(driven.endTunnel(end) == expected && driven.endTunnel(end) == "-")
        #expect(driven.exchange.facts.reason == end.reason && driven.exchange.status == 101 && driven.broken.isEmpty)
    }
}
