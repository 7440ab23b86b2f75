import HTTP1
import HTTPModel
import HeaderPolicy
import ProxyCore

/// A WebSocket by extended CONNECT (RFC 8441): the app, which speaks HTTP/1.1, sees an upgrade, and its 101 becomes a 200.
extension Exchange {
    /// The head of the CONNECT stands in `facts.request`. From here on, for routes and rules too, it is the GET that it
    /// stands for.
    func beginWebSocket(peer: Peer) {
        facts.request.setMethod("GET".utf8.span)
        // What follows is no content: a length would have the app read one.
        facts.request.fields.remove(.contentLength)
        facts.request.fields.remove(.secWebSocketKey)
        upgrade = Array("websocket".utf8)
        var random = SystemRandomNumberGenerator()
        webSocketKey = WebSocketKey.fresh(random: &random)
        begin(body: .none, wantsUpgrade: false, peer: peer)
    }

    func appendWebSocketKey() {
        guard !webSocketKey.isEmpty else { return }
        worker.forwarded.append(.secWebSocketKey, "Sec-WebSocket-Key", webSocketKey)
    }

    /// Whether the app has understood the client's question, or that which the proxy put in its name (RFC 6455 §4.1): who only
    /// says 101 has not become a WebSocket, and its bytes would pass unseen.
    func answersWebSocketKey(for name: [UInt8]) -> Bool {
        var key = webSocketKey
        if key.isEmpty, name.span.equalsIgnoringCase("websocket".utf8.span) {
            let asked = facts.request.fields
            guard let index = asked.firstIndex(of: .secWebSocketKey) else { return true }
            key = Array(copying: asked.value(at: index))
        }
        guard !key.isEmpty else { return true }
        let fields = response.fields
        guard let index = fields.firstIndex(of: .secWebSocketAccept) else { return false }
        return fields.value(at: index).equals(WebSocketKey.answer(to: key).span)
    }

    /// 101 does not exist in HTTP/2 (RFC 9113 §8.6).
    func translateSwitch() {
        response.status = 200
        response.fields.remove(.secWebSocketAccept)
        response.fields.remove(.contentLength)
    }

    /// The tunnel is over, which is no failure.
    func endTunnel(_ end: TunnelEnd) {
        guard machine.isTunnel else { return }
        concludeTunnel(end)
        switch end {
        case .client, .upstream: downstream.finish(trailers: worker.noFields, leavesBody: false)
        case .idle, .stalled, .stop: downstream.truncate()
        }
    }

    /// There is nobody to be told on the client's side, or somebody else tells them.
    func concludeTunnel(_ end: TunnelEnd) {
        facts.reason = end.rawValue
        deadline = .max
        letUpstreamGo()
        machine.tunnelEnded()
        worker.finished(self)
    }

    /// The client says no more. The app learns of it, and may go on (RFC 8441 §5).
    func endTunnelInput() {
        guard !tunnelInputEnded else { return }
        tunnelInputEnded = true
        upstream?.finishRaw()
        touchTunnel()
    }
}
