import Foundation

/// A blocking byte stream over a socket, either side of it; every wait has an end.
package final class Connection: @unchecked Sendable {
    private let descriptor: Int32
    private var isOpen = true
    /// Read from the socket and not yet taken.
    package private(set) var pending: [UInt8] = []
    /// How long one read or write may wait.
    package var patience: Double

    package init(descriptor: Int32, patience: Double = TestSupport.patience) {
        self.descriptor = descriptor
        self.patience = patience
    }

    /// To a port of the loopback address. `receiveBuffer` limits what the kernel takes in advance.
    package convenience init(port: Int, receiveBuffer: Int? = nil) throws {
        try self.init(descriptor: Socket.connect(.port(port), receiveBuffer: receiveBuffer))
    }

    package convenience init(path: String) throws {
        try self.init(descriptor: Socket.connect(.path(path), receiveBuffer: nil))
    }

    deinit { close() }

    package func close() {
        if isOpen { Foundation.close(descriptor) }
        isOpen = false
    }

    /// What is sent leaves at once, whatever of what went before has not been acknowledged.
    package func sendsAtOnce() {
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout.size(ofValue: yes)))
    }

    /// No more bytes from this side.
    package func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes so that the peer sees a reset.
    package func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        close()
    }

    package func send(_ text: String) throws { try send(Array(text.utf8)) }

    package func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count { sent += try sendSome(bytes[sent...], within: patience) }
    }

    /// As many bytes as the socket takes; 0 when it took none in that time.
    package func offer(_ bytes: [UInt8], within seconds: Double) throws -> Int {
        guard try wait(Int16(POLLOUT), within: seconds) else { return 0 }
        return try sendSome(bytes[...], within: seconds)
    }

    private func sendSome(_ bytes: ArraySlice<UInt8>, within seconds: Double) throws -> Int {
        guard try wait(Int16(POLLOUT), within: seconds) else { throw Disappointment("the peer took nothing for \(seconds) s") }
        let count = bytes.withUnsafeBytes {
            Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
        if count < 0, errno != EAGAIN, errno != EINTR { throw Disappointment.call("send") }
        return max(count, 0)
    }

    /// Reads once more into `pending`; false at the end of the stream. A reset throws.
    package func receive(_ limit: Int = 1 << 16) throws -> Bool {
        guard try wait(Int16(POLLIN), within: patience) else {
            throw Disappointment(
                "nothing came for \(patience) s; so far: \(String(decoding: pending.prefix(2_000), as: UTF8.self))")
        }
        var count = 0
        pending.append(
            contentsOf: [UInt8](unsafeUninitializedCapacity: limit) { buffer, used in
                count = recv(descriptor, buffer.baseAddress, limit, 0)
                used = max(count, 0)
            })
        if count < 0 { throw Disappointment.call("recv") }
        return count > 0
    }

    /// Whether bytes, or the end, are there within that time.
    package func hasInput(within seconds: Double) throws -> Bool { try !pending.isEmpty || wait(Int16(POLLIN), within: seconds) }

    /// Everything until `end` is in sight, with it.
    package func take(through end: String) throws -> [UInt8] {
        let mark = Array(end.utf8)
        var searched = 0
        while true {
            if let found = pending[searched...].firstRange(of: mark) { return take(found.upperBound) }
            searched = max(0, pending.count - mark.count)
            guard try receive() else { throw Disappointment("the stream ended without \(end.debugDescription): \(shown)") }
        }
    }

    package func take(exactly count: Int) throws -> [UInt8] {
        while pending.count < count {
            guard try receive() else {
                throw Disappointment("the stream ended after \(pending.count) of \(count) bytes: \(shown)")
            }
        }
        return take(count)
    }

    package func takeToEnd() throws -> [UInt8] {
        while try receive() {}
        return take(pending.count)
    }

    /// What was read and not yet taken.
    package func takePending() -> [UInt8] { take(pending.count) }

    /// Reads and forgets; the number of bytes until `count` or the end.
    package func skip(_ count: Int) throws -> Int {
        var skipped = min(count, pending.count)
        pending.removeFirst(skipped)
        while skipped < count {
            guard try receive(min(count - skipped, 1 << 18)) else { break }
            skipped += pending.count
            pending.removeAll(keepingCapacity: true)
        }
        return skipped
    }

    /// True when the peer closes (or resets) and sends nothing more before.
    package func isClosedByPeer() throws -> Bool {
        do { return try pending.isEmpty && !receive() } catch let error as Disappointment {
            if error.description.hasPrefix("recv") { return true }
            throw error
        }
    }

    private var shown: String { String(decoding: pending.prefix(2_000), as: UTF8.self).debugDescription }

    private func take(_ count: Int) -> [UInt8] {
        defer { pending.removeFirst(count) }
        return Array(pending[..<count])
    }

    private func wait(_ event: Int16, within seconds: Double) throws -> Bool {
        var entry = pollfd(fd: descriptor, events: event, revents: 0)
        let deadline = monotonicNanoseconds() + Int(seconds * 1e9)
        while true {
            let left = max(0, deadline - monotonicNanoseconds())
            let count = poll(&entry, 1, Int32((left + 999_999) / 1_000_000))
            if count > 0 { return true }
            if count == 0 { return false }
            if errno != EINTR { throw Disappointment.call("poll") }
        }
    }
}
