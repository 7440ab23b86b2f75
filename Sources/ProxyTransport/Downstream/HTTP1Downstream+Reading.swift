import HTTP1
import HTTPModel
import HeaderPolicy
import ProxyCore

/// Parses the bytes from the client and passes on each part.
extension HTTP1Downstream {
    func read(_ bytes: Span<UInt8>) {
        switch phase {
        case .closed, .lingering: return
        case .tunnel: relay?.tunnelBytes(bytes)
        case .idle, .head, .exchange, .discarding:
            let workspace = beginReading()
            if input.isEmpty {
                let consumed = parse(bytes, workspace)
                if consumed < bytes.count, phase != .closed, phase != .lingering {
                    input.append(copying: bytes.extracting(droppingFirst: consumed))
                }
                afterParsing(workspace)
            } else {
                input.append(copying: bytes)
                parseInput(workspace)
            }
            worker.touch(connection)
        }
    }

    /// Takes a workspace for a request that begins; during one, returns the one that is in use.
    private func beginReading() -> HTTP1Workspace {
        if phase == .idle { adoptConfiguration() }
        if let workspace { return workspace }
        let taken = worker.workspace(for: self)
        workspace = taken
        return taken
    }

    func parseInput(_ workspace: HTTP1Workspace) {
        var pending: [UInt8] = []
        swap(&pending, &input)
        let consumed = parse(pending.span, workspace)
        guard consumed < pending.count, phase != .closed, phase != .lingering else { return }
        if consumed > 0 { pending.removeSubrange(0..<consumed) }
        // After a failed head nothing is left over here, because `parse` then counts all bytes as done with.
        swap(&pending, &input)
        afterParsing(workspace)
    }

    /// Decides whether to read on: a client may send its next requests early up to a limit. Bytes that it sent before a tunnel
    /// began belong to the tunnel.
    private func afterParsing(_ workspace: HTTP1Workspace) {
        connection.weigh(input.count &+ workspace.weight)
        switch phase {
        case .tunnel: deliverEarly()
        case .head:
            if !workspace.hasMemory(beside: input.count) { fail(.memoryLimit) }
        case .exchange: connection.setReading(mayRead(workspace))
        // A client that does not read its responses cannot make another request.
        case .idle: connection.setReading(connection.isWritable)
        case .discarding, .lingering, .closed: break
        }
    }

    /// Whether more may be read during an exchange: no more than one read of the requests after it waits.
    func mayRead(_ workspace: HTTP1Workspace) -> Bool {
        !isPaused && (input.isEmpty || !workspace.relay.exchange.isRequestComplete)
    }

    func deliverEarly() {
        guard !input.isEmpty else { return }
        let early = input
        input = []
        relay?.tunnelBytes(early.span)
    }

    /// Adopts the configuration of a reload, unless a request is being read.
    func adoptConfiguration() {
        guard configuration !== worker.configuration, workspace?.parser.isIdle != false,
            let current = worker.listener(connection.listener.id)
        else { return }
        connection.listener = current
        configuration = current.generation.configuration
        peer = configuration.forwarding.peer(again: peer)
        workspace?.serve(self)
    }

    /// Parses more bytes; returns how many of them are done with.
    private func parse(_ bytes: Span<UInt8>, _ workspace: HTTP1Workspace) -> Int {
        let relay = workspace.relay
        var consumed = 0
        // The end of a body is an event of its own, without bytes.
        while consumed < bytes.count || phase == .exchange || phase == .discarding {
            if phase == .exchange && relay.exchange.isRequestComplete { return consumed }
            guard phase != .tunnel, phase != .idle || connection.isWritable else { return consumed }
            guard phase != .lingering, phase != .closed else { return bytes.count }
            let rest = bytes.extracting(droppingFirst: consumed)
            if workspace.parser.isCutShort {
                readOn(workspace, rest)
                return bytes.count
            }
            let step = workspace.parser.parse(rest)
            consumed &+= step.consumed
            switch step.event {
            case .needMore:
                waitForMore(workspace, unread: bytes.count &- consumed)
                return consumed
            case .head: begin(workspace, isLast: inputEnded && consumed == bytes.count)
            case .body(let range): if phase == .exchange { relay.bodyReceived(rest.extracting(range)) }
            case .end: if phase == .exchange { workspace.endRequest() } else { becomeIdle() }
            case .failed(let failure):
                if phase != .exchange, workspace.parser.isCutShort {
                    readOn(workspace, bytes.extracting(droppingFirst: consumed))
                } else {
                    fail(failure)
                }
                return bytes.count
            }
        }
        return consumed
    }

    private func waitForMore(_ workspace: HTTP1Workspace, unread: Int) {
        if phase == .idle {
            if !workspace.parser.isIdle || unread > 0 {
                phase = .head
                headBeganAt = worker.clock.nanoseconds
                arm(timeouts.requestHead)
            } else {
                // At most an empty line has come, and the next client that gets the workspace has one of its own.
                workspace.parser.next()
            }
        }
        guard inputEnded else { return connection.setReading(!isPaused) }
        // The request cannot be completed any more; the responses to earlier requests are still sent.
        closeAfterOutput()
    }

    private func begin(_ workspace: HTTP1Workspace, isLast: Bool) {
        if isMisplaced { return fail(.plainHTTP) }
        takeRequest(workspace)
        let limit = configuration.source.limits.requestsPerConnection
        // The bytes after a CONNECT are meant for a tunnel, which the proxy does not open.
        let mayGoOn = workspace.parser.keepAlive && workspace.relay.exchange.facts.request.method != .connect
        closesAfter = !mayGoOn || isLast || connection.isDraining || (limit > 0 && requests >= limit)
        deadline = .max
        awaitHalfClosed()
        if let refusal = connection.refusal {
            closesAfter = true
            return workspace.relay.reject(refusal, peer: peer)
        }
        workspace.relay.begin(body: workspace.parser.body, wantsUpgrade: workspace.parser.wantsUpgrade, peer: peer)
    }

    func fail(_ failure: ParseFailure) {
        closesAfter = true
        deadline = .max
        input = []
        guard let workspace else { return connection.close() }
        if phase != .exchange { takeRequest(workspace) }
        workspace.relay.reject(failure, peer: peer)
    }

    private func takeRequest(_ workspace: HTTP1Workspace) {
        requests &+= 1
        phase = .exchange
        workspace.relay.reset(connection.listener)
        if headBeganAt > 0 {
            workspace.relay.exchange.firstByteCame(at: headBeganAt)
            headBeganAt = 0
        }
        swap(&workspace.relay.exchange.facts.request, &workspace.parser.head)
        workspace.relay.exchange.facts.request.scheme = peer.scheme
    }
}
