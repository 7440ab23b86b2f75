package import HTTPModel

/// The counts of one event loop for the exchanges that it serves under one configuration.
package struct TrafficCounts: Sendable {
    /// The counts by route index; the last one is for requests that no route took.
    package var routes: [RouteCounts]
    package var upstreams: [UpstreamCounts]
    /// The counts by the slots of `CompiledConfiguration.countedRules`.
    package var rules: [Int] = []
    /// The number of fields that were not written because a placeholder had a byte that no value may have.
    package var droppedFields = 0

    package init(routes: Int, upstreams: Int) {
        self.routes = Array(repeating: RouteCounts(), count: routes + 1)
        self.upstreams = Array(repeating: UpstreamCounts(), count: upstreams)
    }
}

package struct RouteCounts: Sendable {
    /// The method of a request and the status of its answer, of both of which there are only a few.
    package struct Answer: Hashable, Sendable {
        package var method: Method
        /// The status; 0 when the client was gone before it could be answered.
        package var status: UInt16

        package init(_ method: Method, _ status: UInt16) {
            self.method = method
            self.status = status
        }
    }

    package var answers = WordCounts<Answer>()
    /// The time from the first byte of the request to the end of the response, without tunnels.
    package var duration = Histogram()
    package var requestBytes = 0
    package var responseBytes = 0

    package init() {}

    package mutating func add(_ other: RouteCounts) {
        answers.add(other.answers)
        duration.add(other.duration)
        requestBytes &+= other.requestBytes
        responseBytes &+= other.responseBytes
    }
}

package struct UpstreamCounts: Sendable {
    /// The numbers of responses by the status that the app gave.
    package var statuses = WordCounts<UInt16>()
    /// The time to the head of the response.
    package var duration = Histogram()
    /// The exchanges that the app ended, by the reason in the access log.
    package var failures = WordCounts<Reason>()
    /// The faults of the responses that were `invalid_response`.
    package var badResponses = WordCounts<String>()

    package init() {}

    package mutating func add(_ other: UpstreamCounts) {
        statuses.add(other.statuses)
        duration.add(other.duration)
        failures.add(other.failures)
        badResponses.add(other.badResponses)
    }
}

/// The counts of one event loop that do not depend on the configuration.
package struct LoopCounts: Sendable {
    package var begun = 0
    package var ended = 0
    /// The numbers of requests by protocol: HTTP/1.0, HTTP/1.1, HTTP/2.
    package var versions: InlineArray<3, Int> = InlineArray(repeating: 0)
    /// The responses that no app made, and exchanges that broke off, by the reason in the access log.
    package var reasons = WordCounts<Reason>()
    /// The tunnels that ended, by the reason in the access log.
    package var tunnelEnds = WordCounts<Reason>()
    /// The connections that were turned away, by the reason in the access log.
    package var refusals = WordCounts<String>()
    /// The TLS handshakes that succeeded, by protocol version, and those that failed, by the reason in the log.
    package var handshakes = WordCounts<String>()
    package var handshakeFailures = WordCounts<String>()
    /// The counts of listeners by their ids.
    package var listeners: [Int: ListenerCounts] = [:]
    /// The numbers of trailer fields that were left out because they may only be in a header.
    package private(set) var requestTrailers = 0
    package private(set) var responseTrailers = 0

    package init() {}

    package mutating func leftOut(_ trailers: Int, ofRequest isRequest: Bool) {
        if isRequest { requestTrailers &+= trailers } else { responseTrailers &+= trailers }
    }

    package mutating func add(_ other: LoopCounts) {
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

package struct ListenerCounts: Sendable {
    package var name: String
    package var opened = 0
    package var closed = 0

    package init(name: String) { self.name = name }
}
