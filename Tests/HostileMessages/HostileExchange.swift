package import HTTPModel

/// What a hostile exchange comes to. In all but `goAway` the connection goes on to serve another request.
package enum Outcome: Sendable, Equatable {
    /// The request is passed on, and nothing is reset.
    case served
    /// The stream is answered by the proxy with this status, then reset with this code, if any.
    case refused(Status, reset: UInt32?)
    /// The stream is reset.
    case reset(UInt32)
    /// Nothing happens.
    case ignored
    /// The connection ends.
    case goAway(UInt32)
    /// The connection ends, and nothing was wrong.
    case closed
}

package struct HostileExchange: Sendable, CustomStringConvertible {
    package var name: String
    package var bytes: [UInt8]
    package var outcome: Outcome
    /// The stream that the outcome speaks of.
    package var stream: UInt32 = 1
    package var answers = false
    package var rawStart = false

    package var description: String { name }

    package static let all = HostileExchanges.heads + HostileExchanges.bodies + HostileExchanges.frames + PublishedCases.all
}
