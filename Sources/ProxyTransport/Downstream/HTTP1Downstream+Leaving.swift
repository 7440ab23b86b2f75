import HTTP1
import HTTPModel
import ProxyCore

/// A client that does not send what it began, or will not be there for the answer.
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
            // A client may close its side and still read, the answers to all it asked; but a request that can never end is over.
            guard relay?.exchange.isRequestComplete == true else { return connection.close() }
            closesAfter = closesAfter || input.isEmpty
            awaitHalfClosed()
        }
    }

    /// The client has closed its side behind requests that have not been read yet.
    func leaving() {
        guard phase == .exchange, relay?.exchange.isRequestComplete == true else { return }
        isLeaving = true
        awaitHalfClosed()
    }

    /// The client has closed its side. It may be gone altogether, so the answer that it may still want has to begin soon.
    func awaitHalfClosed() {
        if inputEnded || isLeaving, relay?.exchange.canReply == true { arm(timeouts.halfClose) }
    }

    /// The head is too long. What decides about the form of the answer, `Origin` for one, may stand further on.
    func readOn(_ workspace: HTTP1Workspace, _ bytes: Span<UInt8>) {
        if phase == .idle { arm(timeouts.requestHead) }
        phase = .head
        let isOver = workspace.parser.readOn(bytes) || inputEnded
        if isOver { failLate(workspace) } else { connection.setReading(true) }
    }

    /// Answers a head that will not get any better. False where there is nothing to answer.
    @discardableResult
    func failLate(_ workspace: HTTP1Workspace?) -> Bool {
        guard let failure = workspace?.parser.failure else { return false }
        fail(failure)
        return true
    }
}
