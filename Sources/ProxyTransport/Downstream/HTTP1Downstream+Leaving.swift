import HTTP1
import NIOCore
import ProxyCore

/// A client that does not send what it began, or will not be there for the answer.
extension HTTP1Downstream {
    func inputClosed() {
        inputEnded = true
        switch phase {
        case .head where failLate(workspace): flush()
        case .idle, .head, .discarding, .closed: handler.close()
        case .lingering: handler.inputEndedWhileClosing()
        case .tunnel: exchange?.endTunnelInput()
        case .exchange:
            // A client may close its side and still read, the answers to all it asked; but a request that can never end is over.
            guard exchange?.machine.isRequestComplete == true else { return handler.close() }
            closesAfter = closesAfter || input.readableBytes == 0
            awaitHalfClosed()
        }
    }

    /// The client has closed its side. It may be gone altogether, so the answer that it may still want has to begin soon.
    func awaitHalfClosed() {
        if inputEnded, exchange?.machine.canReply == true { arm(timeouts.halfClose) }
    }

    /// The head is too long. What decides about the form of the answer, `Origin` for one, may stand further on.
    func readOn(_ workspace: HTTP1Workspace) {
        if phase == .idle { arm(timeouts.requestHead) }
        phase = .head
        let bytes = input
        input = ByteBuffer()
        let isOver = workspace.parser.readOn(bytes.readableBytesUInt8Span) || inputEnded
        if isOver { failLate(workspace) } else { handler.setReading(true) }
    }

    /// Answers a head that will not get any better. False where there is nothing to answer.
    @discardableResult
    func failLate(_ workspace: HTTP1Workspace?) -> Bool {
        guard let failure = workspace?.parser.failure else { return false }
        fail(failure)
        return true
    }
}
