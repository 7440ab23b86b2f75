package import HTTPModel

/// The life of one exchange, without I/O: what happened goes in, what to do comes out.
///
/// A request is received from downstream while it is sent upstream, and a response comes back, perhaps before the request
/// has ended. The machine knows how far each side is and decides what a failure, a timeout or an end means for the other.
package struct ExchangeMachine: Sendable {
    /// How far the response to the client is.
    enum Response: Sendable, Hashable {
        case none, started, complete
        /// The client left before there was one.
        case unanswered
    }
    /// Where the request is on its way to an app.
    enum Upstream: Sendable, Hashable { case none, connecting, active, tunnel, done }

    private(set) var response = Response.none
    private(set) var upstream = Upstream.none
    /// The whole request has come from the client.
    package private(set) var isRequestComplete = false
    private var isReused = false
    private var mayBeRefused = false
    private var hasRetried = false
    private var refusals = 0
    /// The request may have been acted on, and may be sent again all the same.
    private var mayRepeat = false
    /// All that was sent of the request is still there, and nothing of a response is.
    private var isKept = true
    /// A second arrival does no harm.
    private var isIdempotent = false
    /// So many other servers may get the request.
    private var attemptsLeft = 0

    /// How often a request that was refused is sent again.
    static let refusalLimit = 3

    package init() {}

    /// What the loss of an upstream, or its silence, means.
    package enum Failure: Sendable, Hashable {
        /// Send the request again on another connection; the client notices nothing.
        case retry
        /// Likewise, to another server if there is one that it has not been to; otherwise `reply`. `isRepeated`: the one that
        /// failed may have acted on it, so the budget for such has to allow it.
        case moveOn(isRepeated: Bool)
        /// Nothing has been answered yet: answer in the proxy's name.
        case reply
        /// The response has begun: the client must see that it is cut short.
        case truncate
        /// The exchange is over already.
        case ignore
    }

    /// The exchange may be answered with a whole response of the proxy's own.
    package var canReply: Bool { response == .none }
    /// The final response's head has been sent.
    package var hasStarted: Bool { response == .started || response == .complete }
    package var isComplete: Bool { response == .complete || response == .unanswered }
    package var isTunnel: Bool { upstream == .tunnel }
    package var isConnecting: Bool { upstream == .connecting }
    /// There is a connection to an app.
    package var isConnected: Bool { upstream == .active || upstream == .tunnel }
    /// Request body bytes have somewhere to go.
    package var forwardsBody: Bool { upstream == .connecting || upstream == .active }
    /// Sent parts of the request may be needed again: keep them.
    package var mayRetry: Bool {
        response == .none && upstream == .active
            && (repeatsClosed || repeatsRefused || isKept && (isIdempotent || mayBeRefused) && attemptsLeft > 0)
    }

    private var repeatsClosed: Bool { isKept && isReused && mayRepeat && !hasRetried }
    private var repeatsRefused: Bool { isKept && mayBeRefused && refusals < Self.refusalLimit }

    /// The request has no body, or its last byte has come.
    package mutating func requestCompleted() { isRequestComplete = true }

    /// A connection is being looked for. `mayRepeat`: the request is idempotent or has no body.
    package mutating func connecting(mayRepeat: Bool) {
        upstream = .connecting
        self.mayRepeat = mayRepeat
    }

    /// There are other servers, of which the request may go to so many.
    package mutating func hasOthers(attempts: Int, isIdempotent: Bool) {
        attemptsLeft = attempts
        self.isIdempotent = isIdempotent
    }

    /// The request goes out again on another connection.
    package mutating func reconnecting() { upstream = .connecting }

    /// The request goes out on a connection; `reused` when it served another exchange before. `mayBeRefused`: the protocol has
    /// a way to say that a request was not acted on.
    package mutating func connected(reused: Bool, mayBeRefused: Bool = false) {
        upstream = .active
        isReused = reused
        self.mayBeRefused = mayBeRefused
    }

    /// What was sent can no longer be repeated: it was too large to keep.
    package mutating func forgetSent() { isKept = false }

    /// The first byte of a response came: from now on a repetition could be noticed.
    package mutating func responseBegan() { isKept = false }

    /// The head of the final response goes to the client.
    package mutating func responseStarted() { response = .started }

    /// 101: from now on both sides exchange bytes that are not messages.
    package mutating func switchedProtocols() {
        response = .started
        upstream = .tunnel
    }

    /// Either side of the tunnel is over, or the proxy ends it: the exchange has succeeded all the same.
    package mutating func tunnelEnded() {
        response = .complete
        upstream = .done
    }

    /// The response has ended well. True when the client is still sending a body that nobody will read.
    package mutating func responseCompleted() -> Bool {
        response = .complete
        upstream = .done
        return !isRequestComplete
    }

    /// The connection could not be made, broke, spoke nonsense or was silent for too long.
    package mutating func upstreamFailed(_ fault: UpstreamFault) -> Failure {
        guard upstream == .connecting || upstream == .active else { return .ignore }
        let isRepeatable = upstream == .active && (fault == .closed && repeatsClosed || fault == .refused && repeatsRefused)
        let move = moveAfter(fault)
        upstream = .done
        switch response {
        case .complete, .unanswered: return .ignore
        case .started: return .truncate
        case .none:
            if isRepeatable {
                if fault == .refused { refusals += 1 } else { hasRetried = true }
                return .retry
            }
            guard let move else { return .reply }
            attemptsLeft -= 1
            return move
        }
    }

    /// Another server may have the request that this one failed: always when nothing of it was sent, or acted on.
    private func moveAfter(_ fault: UpstreamFault) -> Failure? {
        guard attemptsLeft > 0, isKept else { return nil }
        switch (upstream, fault) {
        case (.connecting, .connectFailed), (.connecting, .connectTimeout), (.connecting, .tlsFailed), (.connecting, .overloaded),
            (.active, .refused):
            return .moveOn(isRepeated: false)
        case (.active, .closed) where isIdempotent, (.active, .responseTimeout) where isIdempotent:
            return .moveOn(isRepeated: true)
        default: return nil
        }
    }

    /// The exchange no longer wants its upstream: it is going to be answered otherwise.
    package mutating func upstreamDropped() { upstream = .done }

    /// The client is gone. True when there is an upstream to be let go.
    package mutating func downstreamLost() -> Bool {
        let hadUpstream = upstream == .connecting || upstream == .active || upstream == .tunnel
        upstream = .done
        response = hasStarted ? .complete : .unanswered
        return hadUpstream
    }
}

/// Why there is no (whole) response from an upstream.
package enum UpstreamFault: Sendable, Hashable, CaseIterable {
    case connectFailed
    case connectTimeout
    case responseTimeout
    /// Closed or reset before a whole response.
    case closed
    /// The upstream did not act on the request and says so (RFC 9113 §8.7).
    case refused
    /// The upstream ended the stream of its own accord: RST_STREAM with CANCEL, or with ENHANCE_YOUR_CALM.
    case cancelled
    case askedForCalm
    /// The connection is there, but TLS could not be agreed on: a certificate that does not verify, mostly.
    case tlsFailed
    /// What came is not HTTP.
    case invalidResponse
    /// Neither a free connection nor room to wait for one.
    case overloaded
    /// The checks of all servers failed.
    case noServer

    /// As log and client are told.
    package var reason: Reason {
        switch self {
        case .connectFailed: .connectFailed
        case .connectTimeout: .connectTimeout
        case .responseTimeout: .responseTimeout
        case .closed: .upstreamClosed
        case .refused: .upstreamRefused
        case .cancelled: .upstreamCancelled
        case .askedForCalm: .upstreamAskedForCalm
        case .tlsFailed: .upstreamTLSFailed
        case .invalidResponse: .invalidResponse
        case .overloaded: .upstreamOverloaded
        case .noServer: .noHealthyServer
        }
    }

    /// Nil for a reason that is no fault of an upstream.
    package init?(_ reason: Reason) {
        guard let fault = Self.allCases.first(where: { $0.reason == reason }) else { return nil }
        self = fault
    }
}
