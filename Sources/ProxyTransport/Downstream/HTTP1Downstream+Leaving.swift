import HTTP1
import HTTPModel
import ProxyCore

/// The handling of clients that close before their request is complete, or that may be gone before the response.
extension HTTP1Downstream {
    func inputClosed() {
        inputEnded = true
        switch phase {
        case .head where failLate(workspace): break
        case .idle: closeAfterOutput()
        case .head, .discarding, .closed: connection.close()
        case .lingering: connection.inputEndedWhileClosing()
        case .tunnel: relay?.endTunnelInput()
        case .exchange:
            // A client may close its side and still read the responses to all its requests; but a request that can never be
            // complete ends the connection.
            guard relay?.exchange.isRequestComplete == true else { return connection.cutOff(.client) }
            closesAfter = closesAfter || input.isEmpty
            awaitHalfClosed()
        }
    }

    /// Notes that the client has closed its side after requests that have not been read yet.
    func leaving() {
        guard phase == .exchange, relay?.exchange.isRequestComplete == true else { return }
        isLeaving = true
        awaitHalfClosed()
    }

    /// Sets the deadline by which the response must begin once the client has closed its side, because the client may be gone
    /// altogether.
    func awaitHalfClosed() {
        if inputEnded || isLeaving, relay?.exchange.canReply == true { arm(timeouts.halfClose) }
    }

    /// Reads on although the head is too long: fields that decide about the form of the answer, such as `Origin`, may still
    /// follow.
    func readOn(_ workspace: HTTP1Workspace, _ bytes: Span<UInt8>) {
        if phase == .idle { arm(timeouts.requestHead) }
        phase = .head
        let isOver = workspace.parser.readOn(bytes) || inputEnded
        if isOver { failLate(workspace) } else { connection.setReading(true) }
    }

    /// Answers a head that has failed. Returns false when there is no failure to answer.
    @discardableResult
    func failLate(_ workspace: HTTP1Workspace?) -> Bool {
        guard let failure = workspace?.parser.failure else { return false }
        fail(failure)
        return true
    }
}
