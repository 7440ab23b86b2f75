public import HTTPModel

/// The counts of one event loop for the exchanges that it serves under one configuration.
public struct TrafficCounts: Sendable {
    /// The counts by route index; the last one is for requests that no route took.
    public var routes: [RouteCounts]
    public var upstreams: [UpstreamCounts]
    /// The counts by the slots of `CompiledConfiguration.countedRules`.
    public var rules: [Int] = []
    /// The counts of exchanges with rules in shadow, by route index.
    public var shadow: [Int: ShadowCounts] = [:]
    /// The number of fields that were not written because a placeholder had a byte that no value may have.
    public var droppedFields = 0

    public init(routes: Int, upstreams: Int) {
        self.routes = Array(repeating: RouteCounts(), count: routes + 1)
        self.upstreams = Array(repeating: UpstreamCounts(), count: upstreams)
    }
}

public struct RouteCounts: Sendable {
    /// The method of a request and the status of its answer, of both of which there are only a few.
    public struct Answer: Hashable, Sendable {
        public var method: Method
        /// The status; 0 when the client was gone before it could be answered.
        public var status: UInt16

        public init(_ method: Method, _ status: UInt16) {
            self.method = method
            self.status = status
        }
    }

    public var answers = WordCounts<Answer>()
    /// The time from the first byte of the request to the end of the response, without tunnels.
    public var duration = Histogram()
    public var requestBytes = 0
    public var responseBytes = 0

    public init() {}

    public mutating func add(_ other: RouteCounts) {
        answers.add(other.answers)
        duration.add(other.duration)
        requestBytes &+= other.requestBytes
        responseBytes &+= other.responseBytes
    }
}

public struct UpstreamCounts: Sendable {
    /// The numbers of responses by the status that the app gave.
    public var statuses = WordCounts<UInt16>()
    /// The time to the head of the response.
    public var duration = Histogram()
    /// The exchanges that the app ended, by the reason in the access log.
    public var failures = WordCounts<Reason>()
    /// The faults of the responses that were `invalid_response`.
    public var badResponses = WordCounts<String>()

    public init() {}

    public mutating func add(_ other: UpstreamCounts) {
        statuses.add(other.statuses)
        duration.add(other.duration)
        failures.add(other.failures)
        badResponses.add(other.badResponses)
    }
}

/// The counts of one event loop that do not depend on the configuration.
public struct LoopCounts: Sendable {
    public var begun = 0
    public var ended = 0
    /// The numbers of requests by protocol: HTTP/1.0, HTTP/1.1, HTTP/2.
    public var versions: InlineArray<3, Int> = InlineArray(repeating: 0)
    /// The responses that no app made, and exchanges that broke off, by the reason in the access log.
    public var reasons = WordCounts<Reason>()
    /// The tunnels that ended, by the reason in the access log.
    public var tunnelEnds = WordCounts<Reason>()
    /// The connections that were turned away, by the reason in the access log.
    public var refusals = WordCounts<String>()
    /// The TLS handshakes that succeeded, by protocol version, and those that failed, by the reason in the log.
    public var handshakes = WordCounts<String>()
    public var handshakeFailures = WordCounts<String>()
    /// The counts of listeners by their ids.
    public var listeners: [Int: ListenerCounts] = [:]
    /// The numbers of trailer fields that were left out because they may only be in a header.
    public private(set) var requestTrailers = 0
    public private(set) var responseTrailers = 0

    public init() {}

    public mutating func leftOut(_ trailers: Int, ofRequest isRequest: Bool) {
        if isRequest { requestTrailers &+= trailers } else { responseTrailers &+= trailers }
    }

    public mutating func add(_ other: LoopCounts) {
        begun &+= other.begun
        ended &+= other.ended
        for index in versions.indices { versions[index] &+= other.versions[index] }
        reasons.add(other.reasons)
        tunnelEnds.add(other.tunnelEnds)
        refusals.add(other.refusals)
        handshakes.add(other.handshakes)
        handshakeFailures.add(other.handshakeFailures)
        requestTrailers &+= other.requestTrailers
        responseTrailers &+= other.responseTrailers
        for (id, counts) in other.listeners {
            var sum = listeners[id, default: ListenerCounts(name: counts.name)]
            sum.opened &+= counts.opened
            sum.closed &+= counts.closed
            listeners[id] = sum
        }
    }
}

public struct ListenerCounts: Sendable {
    public var name: String
    public var opened = 0
    public var closed = 0

    public init(name: String) { self.name = name }
}
