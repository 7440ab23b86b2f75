import HTTPModel
import HeaderPolicy

/// The beginning and the end of a tunnel.
extension Exchange {
    mutating func switchProtocols(_ context: inout ExchangeContext) -> ExchangeActions {
        guard !own.upgrade.isEmpty else { return giveUp(.invalidResponse, because: .unaskedSwitch, &context) }
        guard let choice = UpgradeOffer.choice(response.fields, of: own.upgrade) else {
            return giveUp(.invalidResponse, because: .otherProtocol, &context)
        }
        guard answersWebSocketKey(for: choice) else {
            return giveUp(.invalidResponse, because: .wrongWebSocketKey, &context)
        }
        own.upgrade = choice
        let came = own.observation?.tracesRules == true ? response.fields.pairs : []
        HopByHop.strip(&response.fields)
        own.observation?.note(response, whichCameAs: came)
        own.machine.switchedProtocols()
        if isWebSocket {
            // The status 101 does not exist in HTTP/2 (RFC 9113 §8.6).
            response.status = 200
            response.fields.remove(.secWebSocketAccept)
            response.fields.remove(.contentLength)
            LocalReply.completeDate(of: &response.fields, context.date)
        }
        touchTunnel(context.now)
        return .client(.tunnel(stage(&context), isWebSocket ? .untilClose : .none))
    }

    /// Whether the app has answered the WebSocket key of the client, or the one that the proxy made for it (RFC 6455 §4.1). An
    /// app that merely says 101 has not become a WebSocket, and its bytes would pass unseen.
    private func answersWebSocketKey(for name: [UInt8]) -> Bool {
        var key = own.webSocketKey
        if key.isEmpty, name.span.equalsIgnoringCase("websocket".utf8.span) {
            guard let index = facts.request.fields.firstIndex(of: .secWebSocketKey) else { return true }
            key = Array(copying: facts.request.fields.value(at: index))
        }
        guard !key.isEmpty else { return true }
        guard let index = response.fields.firstIndex(of: .secWebSocketAccept) else { return false }
        return response.fields.value(at: index).equals(WebSocketKey.answer(to: key).span)
    }

    /// Notes bytes of a tunnel from the client. They are passed on, and then `passed` is called.
    public mutating func tunnelBytes(_ count: Int, _ now: Int) {
        own.requestBytes &+= count
        own.owed &+= count
        touchTunnel(now)
    }

    /// Ends the client's side of the tunnel. The app is told, and may go on (RFC 8441 §5).
    public mutating func endTunnelInput(_ now: Int) -> ExchangeActions {
        guard own.machine.isTunnel, !own.tunnelInputEnded else { return ExchangeActions() }
        own.tunnelInputEnded = true
        touchTunnel(now)
        return .app(.finishTunnel)
    }

    /// Ends the tunnel, which is not a failure.
    ///
    /// - Parameter isReset: whether the app's end was no orderly one, which a client of HTTP/2 learns as well (RFC 8441 §5).
    public mutating func endTunnel(_ end: TunnelEnd, isReset: Bool = false) -> ExchangeActions {
        guard own.machine.isTunnel else { return ExchangeActions() }
        concludeTunnel(end)
        var actions = ExchangeActions()
        actions.cancels = true
        switch end {
        case .client, .upstream: actions.client = isReset && isWebSocket ? .truncate : .finishTunnel
        case .idle, .stalled, .stop: actions.client = .truncate
        }
        return actions
    }

    mutating func concludeTunnel(_ end: TunnelEnd) {
        facts.reason = end.reason
        own.deadline = .max
        own.machine.tunnelEnded()
    }
}
