import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Bytes: read into the loop's buffer, written at once, kept where a socket does not take them.
extension Loop {
    /// What became of bytes that were sent.
    public enum Sent: Sendable, Hashable {
        /// The system has taken them.
        case taken
        /// They wait for the peer, so many with those before them: who brings more should pause until `LoopClient.drained`.
        case waiting(Int)
        /// The socket is closed, or has broken; `LoopClient.failed` tells of the latter in this turn or the next.
        case lost
    }

    // MARK: Reading

    func read(_ index: Int) { _ = readOnce(index) }

    /// One read. False where there was nothing, an end or an error.
    @discardableResult
    func readOnce(_ index: Int) -> Bool {
        let size = min(Int(slots[index].readLimit), Self.readSize)
        // The buffer is of that size or larger.
        let count = unsafe recv(Int32(index), buffer, size, 0)
        if count > 0 {
            let socket = identity(index)
            // The bytes were written just now, and the buffer is not used again before the client returns.
            let bytes = unsafe Span(_unsafeStart: UnsafePointer(buffer), count: count)
            unsafe client.received(bytes, on: socket, slots[index].owner)
            return true
        }
        if count == 0 {
            // Of a connection that has broken the error is told, which the system may have told already: this is no end in order.
            guard !slots[index].isBroken else { return false }
            slots[index].inputEnded = true
            updateInterest(index)
            unsafe client.ended(identity(index), slots[index].owner)
        } else if errno != EAGAIN && errno != EINTR {
            fail(index, .last("recv"))
        }
        return false
    }

    /// The peer has ended its side while reading is paused.
    func tellLeaving(_ index: Int) {
        let wasTold = slots[index].leavingWasTold
        slots[index].leavingWasTold = true
        updateInterest(index)
        guard !wasTold else { return }
        unsafe client.leaving(identity(index), slots[index].owner)
    }

    /// Whether something can be read that has not been, the end included. Costs a call into the kernel.
    public func hasInput(_ socket: SocketID) -> Bool {
        guard let index = slot(of: socket) else { return true }
        return peek(index) >= 0 || errno != EAGAIN
    }

    /// Whether bytes have come that have not been read.
    func hasBytes(_ index: Int) -> Bool { peek(index) > 0 }

    private func peek(_ index: Int) -> Int {
        var byte: UInt8 = 0
        // The byte stays where it is.
        return unsafe recv(Int32(index), &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    }

    // MARK: Writing

    /// Writes at once, if nothing waits; what the socket does not take is copied behind it.
    @discardableResult
    public func send(_ bytes: Span<UInt8>, on socket: SocketID) -> Sent {
        guard let index = slot(of: socket), !slots[index].isBroken else { return .lost }
        guard slots[index].use == .open, slots[index].waiting == 0 else { return keep(bytes, from: 0, index) }
        guard bytes.count > 0 else { return .taken }
        // The span is valid for the call.
        let count = unsafe bytes.withUnsafeBufferPointer { unsafe Self.write(Int32(index), $0) }
        if count == bytes.count { return .taken }
        guard count >= 0 || errno == EAGAIN || errno == EINTR else { return willFail(index) }
        return keep(bytes, from: max(0, count), index)
    }

    /// The same for two pieces that follow each other, with one call of the system.
    @discardableResult
    public func send(_ head: Span<UInt8>, _ body: Span<UInt8>, on socket: SocketID) -> Sent {
        guard let index = slot(of: socket), !slots[index].isBroken else { return .lost }
        guard slots[index].use == .open, slots[index].waiting == 0 else {
            _ = keep(head, from: 0, index)
            return keep(body, from: 0, index)
        }
        // The spans are valid for the call.
        let count = unsafe head.withUnsafeBufferPointer { head in
            unsafe body.withUnsafeBufferPointer { body in unsafe Self.write(Int32(index), head, body) }
        }
        if count == head.count &+ body.count { return .taken }
        guard count >= 0 || errno == EAGAIN || errno == EINTR else { return willFail(index) }
        let taken = max(0, count)
        if taken < head.count { _ = keep(head, from: taken, index) }
        return keep(body, from: max(0, taken &- head.count), index)
    }

    /// Bytes that wait for the peer.
    public func waiting(on socket: SocketID) -> Int { slot(of: socket).map { slots[$0].waiting } ?? 0 }

    private func keep(_ bytes: Span<UInt8>, from start: Int, _ index: Int) -> Sent {
        // What has been written makes room before the array grows.
        if slots[index].written > slots[index].backlog.count / 2 {
            slots[index].backlog.removeSubrange(0..<slots[index].written)
            slots[index].written = 0
        }
        let isFirst = slots[index].waiting == 0
        let count = bytes.count &- start
        if count > 0 {
            let rest = bytes.extracting(start...)
            slots[index].backlog.reserveCapacity(slots[index].backlog.count &+ count)
            unsafe rest.withUnsafeBufferPointer { unsafe slots[index].backlog.append(contentsOf: $0) }
        }
        guard slots[index].waiting > 0 else { return .taken }
        if isFirst { updateInterest(index) }
        return .waiting(slots[index].waiting)
    }

    /// The client is in the middle of something: it is told of the failure when the loop has the word again.
    private func willFail(_ index: Int) -> Sent {
        slots[index].failure = errno
        slots[index].isBroken = true
        slots[index].backlog = []
        slots[index].written = 0
        updateInterest(index)
        tellSoon(index)
        return .lost
    }

    /// Has what there is to say about a broken socket said when the loop has the word again.
    func tellSoon(_ index: Int) {
        broken.append(identity(index))
        // It is due at once, so that the loop does not wait before.
        unsafe uv_timer_start(
            messenger,
            { timer in
                guard let timer = unsafe timer else { return }
                unsafe Loop.of(timer.pointee.loop)._withUnsafeGuaranteedRef { $0.tellBroken() }
            }, 0, 0)
    }

    private func tellBroken() {
        let due = broken
        broken = []
        for socket in due { if let index = slot(of: socket) { broke(index) } }
    }

    /// The socket takes bytes again.
    func writeBacklog(_ index: Int) {
        let start = slots[index].written
        guard slots[index].waiting > 0 else { return updateInterest(index) }
        // The array is not changed during the call.
        let count = unsafe slots[index].backlog.withUnsafeBufferPointer {
            unsafe Self.write(Int32(index), $0.extracting(start...))
        }
        guard count >= 0 else {
            if errno != EAGAIN && errno != EINTR { broke(index, .last("send")) }
            return
        }
        slots[index].written = start &+ count
        guard slots[index].waiting == 0 else { return }
        slots[index].backlog = []
        slots[index].written = 0
        updateInterest(index)
        if endOutput(index) { return }
        unsafe client.drained(identity(index), slots[index].owner)
    }

    private static func write(_ descriptor: Int32, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        // The pointer is valid for as many bytes.
        unsafe Platform.send(descriptor, bytes.baseAddress, bytes.count)
    }

    private static func write(
        _ descriptor: Int32, _ head: UnsafeBufferPointer<UInt8>, _ body: UnsafeBufferPointer<UInt8>
    ) -> Int {
        var parts = (
            unsafe iovec(iov_base: UnsafeMutableRawPointer(mutating: head.baseAddress), iov_len: head.count),
            unsafe iovec(iov_base: UnsafeMutableRawPointer(mutating: body.baseAddress), iov_len: body.count)
        )
        // Two parts of the same layout, one behind the other; nothing is written into them. All pointers are valid for the call.
        return unsafe withUnsafeMutablePointer(to: &parts) { pointer in
            unsafe pointer.withMemoryRebound(to: iovec.self, capacity: 2) { parts in
                var message = unsafe msghdr()
                unsafe message.msg_iov = unsafe parts
                unsafe message.msg_iovlen = 2
                return unsafe sendmsg(descriptor, &message, Platform.noSignal)
            }
        }
    }
}
