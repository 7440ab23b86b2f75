package import HTTPModel
package import HeaderPolicy

/// What an exchange asks of its driver after an event: at most one thing on each side.
@frozen package struct ExchangeActions: ~Copyable {
    @frozen package enum ForClient: ~Copyable {
        case nothing
        /// `Exchange.response` is an interim response.
        case interim
        /// The final head. Its body follows, framed as the app's is.
        case head(StagedHead, BodyLength)
        /// A whole response that no app made. `leavesBody`: the client is still sending a request body that nobody reads.
        case reply(StagedHead, body: [UInt8], leavesBody: Bool)
        /// The head with which a tunnel begins: bytes go both ways as they are from here on.
        case tunnel(StagedHead, BodyLength)
        /// The response is whole.
        case finish(leavesBody: Bool)
        /// The response cannot be completed: the client must see that.
        case truncate
        /// A tunnel has ended, and what went before counts.
        case finishTunnel
        /// No more of the request's body for now.
        case pause
        case resume
        /// The response has long been whole, and the request's body still comes.
        case stopBody
    }

    @frozen package enum ForApp: Sendable, Hashable {
        case nothing
        /// The request goes to the upstream of that index: `ExchangeContext.forwarded` are its fields.
        case forward(upstream: Int, prefixLength: Int)
        /// Again to the same server, on a fresh connection.
        case repeatRequest
        /// To another server, if there is one; otherwise `Exchange.nobodyElse`. `isRepeated`: the one that failed may have acted on
        /// it, so the budget for such has to allow it.
        case moveOn(isRepeated: Bool, after: UpstreamFault)
        /// These bytes of the request's body go on; `keeps`: they may be needed again.
        case pass(keeps: Bool)
        /// They wait for a connection, or for the end of a report.
        case hold
        /// What was kept for a repetition is too much: these bytes go on, and those before are forgotten.
        case forget
        case finishBody
        /// The client's side of a tunnel has ended.
        case finishTunnel
        case read
    }

    package var client: ForClient = .nothing
    package var app: ForApp = .nothing
    /// The exchange has no more interest in its connection to an app, or in waiting for one. Before `app` is carried out.
    package var cancels = false
    /// The server did not do what it should.
    package var blames = false
    /// The client does not send what it owes: nothing more is expected of it.
    package var givesUpOnClient = false
    /// So many bytes of the request's body may be sent again.
    package var credit = 0

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
