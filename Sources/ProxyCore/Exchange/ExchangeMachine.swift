public import HTTPModel

/// The life of one exchange, without I/O: events go in, and decisions come out.
///
/// A request is received from downstream while it is sent upstream, and a response comes back, perhaps before the request has
/// ended. The machine tracks the state of each side and decides what a failure, a timeout or an end means for the other.
public struct ExchangeMachine: Sendable {
    /// The state of the response to the client.
    enum Response: Sendable, Hashable {
        case none, started, complete
        /// The client left before there was a response.
        case unanswered
    }
    /// The state of the request on its way to an app.
    enum Upstream: Sendable, Hashable { case none, connecting, active, tunnel, done }

    private(set) var response = Response.none
    private(set) var upstream = Upstream.none
    /// Whether the whole request has come from the client.
    public private(set) var isRequestComplete = false
    private var isReused = false
    private var mayBeRefused = false
    private var repeats = 0
    private var refusals = 0
    /// Whether everything that was sent of the request is still kept, and no part of a response has come.
    private var isKept = true
    /// Whether it does no harm if the request arrives twice.
    private var isIdempotent = false
    /// The number of other servers that may still get the request.
    private var attemptsLeft = 0

    /// How many times a request that was refused is sent again.
    static let refusalLimit = 3
    /// How many connections may turn out to be closed where many exchanges share each: few, because it may be the request itself
    /// that ends them.
    static let repeatLimit = 3

    public init() {}

    /// The consequence of an upstream's failure or silence.
    public enum Failure: Sendable, Hashable {
        /// Send the request again on another connection; the client notices nothing.
        case retry
        /// Send the request again to another server if there is one that it has not been to; otherwise `reply`. `isRepeated`: the
        /// server that failed may have acted on it, so the budget for retries has to allow it.
        case moveOn(isRepeated: Bool)
        /// Answer in the proxy's name, because nothing has been answered yet.
        case reply
        /// Cut the response short so that the client notices, because it has begun.
        case truncate
        /// Do nothing, because the exchange is already over.
        case ignore
    }

    /// Whether the proxy may still answer with a whole response of its own.
    public var canReply: Bool { response == .none }
    /// Whether the final response's head has been sent.
    public var hasStarted: Bool { response == .started || response == .complete }
    public var isComplete: Bool { response == .complete || response == .unanswered }
    public var isTunnel: Bool { upstream == .tunnel }
    public var isConnecting: Bool { upstream == .connecting }
    /// Whether there is a connection to an app.
    public var isConnected: Bool { upstream == .active || upstream == .tunnel }
    /// Whether request body bytes have somewhere to go.
    public var forwardsBody: Bool { upstream == .connecting || upstream == .active }
    /// Whether sent parts of the request may be needed again and have to be kept.
    public var mayRetry: Bool {
        response == .none && upstream == .active
            && (repeatsClosed || repeatsRefused || isKept && (isIdempotent || mayBeRefused) && attemptsLeft > 0)
    }

    /// Whether the request goes out again, unnoticed, when a connection from the pool turns out to be closed: the app closes one in
    /// the moment in which the proxy reuses it. Most likely the app has then seen nothing, but the proxy cannot know. So it
    /// happens only to a request whose second arrival does no harm (RFC 9110 §9.2.2).
    private var repeatsClosed: Bool { isKept && isReused && isIdempotent && repeats < Self.repeatLimit }
    private var repeatsRefused: Bool { isKept && mayBeRefused && refusals < Self.refusalLimit }

    /// Notes that the request has no body, or that its last byte has come.
    public mutating func requestCompleted() { isRequestComplete = true }

    /// Notes that a connection is being looked for, for a request with an idempotent method or another one.
    public mutating func connecting(isIdempotent: Bool) {
        upstream = .connecting
        self.isIdempotent = isIdempotent
    }

    /// Notes that there are other servers, and how many of them the request may go to.
    public mutating func hasOthers(attempts: Int) { attemptsLeft = attempts }

    /// Notes that the request goes out again on another connection.
    public mutating func reconnecting() { upstream = .connecting }

    /// Notes that the request goes out on a connection; `reused` when it served another exchange before. `mayBeRefused`: the
    /// protocol can say that a request was not acted on.
    public mutating func connected(reused: Bool, mayBeRefused: Bool = false) {
        upstream = .active
        isReused = reused
        self.mayBeRefused = mayBeRefused
    }

    /// Notes that the sent part of the request cannot be repeated, because it was too large to keep.
    public mutating func forgetSent() { isKept = false }

    /// Notes the first byte of a response: from now on a repetition could be noticed.
    public mutating func responseBegan() { isKept = false }

    /// Notes that the head of the final response goes to the client.
    public mutating func responseStarted() { response = .started }

    /// Notes a 101: from now on both sides exchange bytes that are not messages.
    public mutating func switchedProtocols() {
        response = .started
        upstream = .tunnel
    }

    /// Notes that one side of the tunnel, or the proxy, has ended it. The exchange has succeeded all the same.
    public mutating func tunnelEnded() {
        response = .complete
        upstream = .done
    }

    /// Notes that the response has ended well. Returns true when the client is still sending a body that nobody will read.
    public mutating func responseCompleted() -> Bool {
        response = .complete
        upstream = .done
        return !isRequestComplete
    }

    /// Decides what follows when the connection could not be made, broke, carried no valid response or was silent for too long.
    public mutating func upstreamFailed(_ fault: UpstreamFault) -> Failure {
        guard upstream == .connecting || upstream == .active else { return .ignore }
        let isRepeatable = upstream == .active && (fault == .closed && repeatsClosed || fault == .refused && repeatsRefused)
        let move = moveAfter(fault)
        upstream = .done
        switch response {
        case .complete, .unanswered: return .ignore
        case .started: return .truncate
        case .none:
            if isRepeatable {
                if fault == .refused { refusals += 1 } else { repeats += 1 }
                return .retry
            }
            guard let move else { return .reply }
            attemptsLeft -= 1
            return move
        }
    }

    /// Returns whether another server may get the request: always when nothing of it was sent, or when it was not acted on.
    private func moveAfter(_ fault: UpstreamFault) -> Failure? {
        guard attemptsLeft > 0, isKept else { return nil }
        switch (upstream, fault) {
        case (.connecting, .connectFailed), (.connecting, .connectTimeout), (.connecting, .tlsFailed), (.connecting, .overloaded),
            (.active, .refused):
            return .moveOn(isRepeated: false)
        case (.active, .closed) where isIdempotent, (.active, .reset) where isIdempotent,
            (.active, .responseTimeout) where isIdempotent:
            return .moveOn(isRepeated: true)
        default: return nil
        }
    }

    /// Notes that the exchange no longer wants its upstream, because it is going to be answered otherwise.
    public mutating func upstreamDropped() { upstream = .done }

    /// Notes that the client is gone. Returns true when there is an upstream to be released.
    public mutating func downstreamLost() -> Bool {
        let hadUpstream = upstream == .connecting || upstream == .active || upstream == .tunnel
        upstream = .done
        response = hasStarted ? .complete : .unanswered
        return hadUpstream
    }
}

/// The reason why there is no (whole) response from an upstream.
public enum UpstreamFault: Sendable, Hashable, CaseIterable {
    case connectFailed
    case connectTimeout
    case responseTimeout
    /// The connection was closed or reset before a whole response.
    case closed
    /// The upstream ended the stream with an error of its own. It may have acted on the request.
    case reset
    /// The upstream did not act on the request and said so (RFC 9113 §8.7).
    case refused
    /// The upstream ended the stream of its own accord: RST_STREAM with CANCEL, or with ENHANCE_YOUR_CALM.
    case cancelled
    case askedForCalm
    /// The connection was made, but the TLS handshake failed, mostly because of a certificate that does not verify.
    case tlsFailed
    /// The response is not valid HTTP.
    case invalidResponse
    /// There is neither a free connection nor room to wait for one.
    case overloaded
    /// All servers have failed their checks.
    case noServer

    /// The reason for the log and the client.
    public var reason: Reason {
        switch self {
        case .connectFailed: .connectFailed
        case .connectTimeout: .connectTimeout
        case .responseTimeout: .responseTimeout
        case .closed, .reset: .upstreamClosed
        case .refused: .upstreamRefused
        case .cancelled: .upstreamCancelled
        case .askedForCalm: .upstreamAskedForCalm
        case .tlsFailed: .upstreamTLSFailed
        case .invalidResponse: .invalidResponse
        case .overloaded: .upstreamOverloaded
        case .noServer: .noHealthyServer
        }
    }

    /// Fails for a reason that is not a fault of an upstream.
    public init?(_ reason: Reason) {
        guard let fault = Self.allCases.first(where: { $0.reason == reason }) else { return nil }
        self = fault
    }
}
