import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reading into the loop's buffer, and writing at once; what a socket does not take is kept.
extension Loop {
    /// The result of sending bytes.
    public enum Sent: Sendable, Hashable {
        /// The system has taken all bytes.
        case taken
        /// This many bytes now wait for the peer, including earlier ones; a caller with more should pause until
        /// `LoopClient.drained`.
        case waiting(Int)
        /// The socket is closed or broken; in the latter case `LoopClient.failed` follows in this turn or the next.
        case lost
    }

    // MARK: Reading

    /// Reads once. False if there was nothing to read, the end, or an error.
    @discardableResult
    func read(_ index: Int) -> Bool {
        let size = min(Int(slots[index].readLimit), Self.readSize)
        // The buffer is of that size or larger.
        let count = unsafe letterhead_receive(Int32(index), buffer, size)
        if count > 0 {
            let socket = identity(index)
            // The bytes were just written, and the buffer is not reused before the client returns.
            let bytes = unsafe Span(_unsafeStart: UnsafePointer(buffer), count: count)
            let owner = slots[index].owner
            unsafe client._withUnsafeGuaranteedRef { $0.received(bytes, on: socket, owner) }
            return true
        }
        if count == 0 {
            // A broken connection reports its error instead, which the system may have reported before: this is not an orderly
            // end.
            guard !slots[index].isBroken else { return false }
            slots[index].inputEnded = true
            updateInterest(index)
            unsafe client._withUnsafeGuaranteedRef { $0.ended(identity(index), slots[index].owner) }
        } else if errno != EAGAIN && errno != EINTR {
            fail(index, .last("recv"))
        }
        return false
    }

    /// Tells the client that the peer has closed its side, or is gone, while reading is paused.
    func tellLeaving(_ index: Int) {
        let (wasTold, isBroken) = (slots[index].leavingWasTold, slots[index].isBroken)
        slots[index].leavingWasTold = true
        updateInterest(index)
        guard isBroken || !wasTold else { return }
        unsafe client._withUnsafeGuaranteedRef { $0.leaving(identity(index), slots[index].owner, isBroken: isBroken) }
    }

    /// Whether there is something to read, including the end of the input. Costs a system call.
    public func hasInput(_ socket: SocketID) -> Bool {
        guard let index = slot(of: socket) else { return true }
        return peek(index) >= 0 || errno != EAGAIN
    }

    /// Whether there are bytes to read.
    func hasBytes(_ index: Int) -> Bool { peek(index) > 0 }

    private func peek(_ index: Int) -> Int {
        var byte: UInt8 = 0
        // The byte stays in the socket.
        return unsafe recv(Int32(index), &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    }

    // MARK: Writing

    /// Writes at once if nothing waits; what the socket does not take is copied to the backlog.
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

    /// Sends two pieces one after the other, with one system call.
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

    /// The number of bytes that wait for the peer.
    public func waiting(on socket: SocketID) -> Int { slot(of: socket).map { slots[$0].waiting } ?? 0 }

    private func keep(_ bytes: Span<UInt8>, from start: Int, _ index: Int) -> Sent {
        // Drop the bytes that have been written before the array has to grow.
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

    /// Notes a failure. The client is in the middle of a call, so it is told later, from the loop.
    private func willFail(_ index: Int) -> Sent {
        slots[index].failure = errno
        slots[index].isBroken = true
        slots[index].backlog = []
        slots[index].written = 0
        updateInterest(index)
        tellSoon(index)
        return .lost
    }

    /// Schedules the report about a broken socket for when the loop runs again.
    func tellSoon(_ index: Int) {
        broken.append(identity(index))
        // The timer is due at once, so that the loop does not wait first.
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

    /// Writes waiting bytes when the socket is writable again.
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
        unsafe client._withUnsafeGuaranteedRef { $0.drained(identity(index), slots[index].owner) }
    }

    private static func write(_ descriptor: Int32, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        // The pointer is valid for this many bytes.
        unsafe Platform.send(descriptor, bytes.baseAddress, bytes.count)
    }

    private static func write(
        _ descriptor: Int32, _ head: UnsafeBufferPointer<UInt8>, _ body: UnsafeBufferPointer<UInt8>
    ) -> Int {
        var parts = (
            unsafe iovec(iov_base: UnsafeMutableRawPointer(mutating: head.baseAddress), iov_len: head.count),
            unsafe iovec(iov_base: UnsafeMutableRawPointer(mutating: body.baseAddress), iov_len: body.count)
        )
        // The two parts have the same layout and lie one after the other; nothing is written into them. All pointers are valid
        // for the call.
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
