public import HTTPModel
public import HeaderPolicy

/// The instructions of an exchange to its driver after an event: at most one for each side.
@frozen public struct ExchangeActions: ~Copyable {
    @frozen public enum ForClient: ~Copyable {
        case nothing
        /// Sends `Exchange.response` as an interim response.
        case interim
        /// Sends the final head. Its body follows, framed as the app's is.
        case head(StagedHead, BodyLength)
        /// Sends a whole response that no app made. `leavesBody`: the client is still sending a request body that nobody reads.
        case reply(StagedHead, body: [UInt8], leavesBody: Bool)
        /// Sends the head with which a tunnel begins; from here on bytes go both ways unchanged.
        case tunnel(StagedHead, BodyLength)
        /// Ends a response that is complete.
        case finish(leavesBody: Bool)
        /// Cuts off a response that cannot be completed, so that the client notices.
        case truncate
        /// Ends a tunnel after everything before has been delivered.
        case finishTunnel
        /// Stops reading the request's body for now.
        case pause
        case resume
        /// Stops a request body that is still coming long after the response was complete.
        case stopBody
    }

    @frozen public enum ForApp: Sendable, Hashable {
        case nothing
        /// Sends the request to the upstream with that index, with the fields in `ExchangeContext.forwarded`.
        case forward(upstream: Int, prefixLength: Int)
        /// Sends the request again to the same server, on a fresh connection.
        case repeatRequest
        /// Sends the request to another server, if there is one; otherwise `Exchange.nobodyElse`. `isRepeated`: the server that
        /// failed may have acted on it, so the budget for retries has to allow it.
        case moveOn(isRepeated: Bool, after: UpstreamFault)
        /// Passes on these bytes of the request's body. `keeps`: they may be needed again.
        case pass(keeps: Bool)
        /// Holds the bytes until there is a connection, or until a report ends.
        case hold
        /// Passes on these bytes and drops those kept for a repetition, which have become too many.
        case forget
        case finishBody
        /// Ends the client's side of a tunnel.
        case finishTunnel
        case read
    }

    public var client: ForClient = .nothing
    public var app: ForApp = .nothing
    /// Whether the exchange gives up its connection to an app, or its wait for one. Carried out before `app`.
    public var cancels = false
    /// Whether the server failed and is to be charged with it.
    public var blames = false
    /// Whether the client does not send what it owes, so that nothing more is expected of it.
    public var givesUpOnClient = false
    /// The number of bytes of the request's body that the client may send in addition.
    public var credit = 0

    init() {}

    static func client(_ action: consuming ForClient) -> ExchangeActions {
        var actions = ExchangeActions()
        actions.client = action
        return actions
    }

    static func app(_ action: ForApp) -> ExchangeActions {
        var actions = ExchangeActions()
        actions.app = action
        return actions
    }
}
