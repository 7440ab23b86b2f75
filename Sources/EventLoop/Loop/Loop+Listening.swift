import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The listening sockets of a loop, and accepting from them.
extension Loop {
    /// Starts to accept from a listening socket, whose descriptor now belongs to the loop.
    ///
    /// - Parameter isEssential: the listener can accept even when no descriptor is left, with one that is reserved for it.
    public func listen(on socket: ListeningSocket, isEssential: Bool = false) throws(SystemError) -> ListenerID {
        let identity = try adopt(socket.descriptor, as: .listening)
        let index = Int(socket.descriptor)
        slots[index].isEssential = isEssential
        slots[index].reads = true
        updateInterest(index)
        return ListenerID(descriptor: identity.descriptor, generation: identity.generation)
    }

    /// Whether a connection waits to be accepted.
    public func hasWaiting(_ listener: ListenerID) -> Bool {
        guard slot(of: listener) != nil else { return false }
        return ListeningSocket.hasWaiting(listener.descriptor)
    }

    /// Closes the listening socket. Connections that wait there are refused, unless another process has the same socket.
    public func close(_ listener: ListenerID) {
        guard slot(of: listener) != nil else { return }
        starving.removeAll { $0 == listener.descriptor }
        release(listener.descriptor)
    }

    private func slot(of listener: ListenerID) -> Int? {
        let index = Int(listener.descriptor)
        guard index >= 0, index < slots.count, slots[index].generation == listener.generation, slots[index].use == .listening
        else { return nil }
        return index
    }

    private func stopPolling(_ index: Int) {
        slots[index].interest = 0
        if let poll = unsafe polls[index] { unsafe uv_poll_stop(poll) }
    }

    // MARK: Accepting

    /// The number of connections that one listener accepts before the others have their turn.
    private static let acceptBatch = 16
    /// The milliseconds after which a listener without a descriptor tries again, if none has been freed before.
    private static let patience: UInt64 = 100

    func accept(_ index: Int) {
        let generation = slots[index].generation
        let listener = ListenerID(descriptor: Int32(index), generation: generation)
        for _ in 0..<Self.acceptBatch {
            guard slots[index].generation == generation, slots[index].use == .listening else { return }
            switch Self.accept(from: Int32(index)) {
            case .success(let (descriptor, peer)): welcome(descriptor, peer, listener)
            case .failure(let error) where error.code == EAGAIN: return updateInterest(index)
            // These errors concern one connection, which is gone or not allowed (accept(2)); the next one may be good.
            case .failure(let error) where !error.isOutOfDescriptors && !error.isOutOfMemory: continue
            case .failure(let error):
                if slots[index].isEssential, acceptWithReserve(index, listener) { continue }
                starve(index)
                unsafe client._withUnsafeGuaranteedRef { $0.acceptFailed(error, on: listener) }
                return
            }
        }
        if slots[index].generation == generation, slots[index].use == .listening { updateInterest(index) }
    }

    private func welcome(_ descriptor: Int32, _ peer: Endpoint, _ listener: ListenerID) {
        do throws(SystemError) {
            let socket = try adopt(descriptor, as: .open)
            slots[Int(descriptor)].reads = true
            unsafe client._withUnsafeGuaranteedRef { $0.accepted(socket, from: peer, on: listener) }
            // The first bytes have usually arrived with the connection: they are read now, and polling starts afterwards.
            guard let index = slot(of: socket) else { return }
            if slots[index].reads { read(index) }
            guard let index = slot(of: socket) else { return }
            updateInterest(index)
        } catch {
            Platform.close(descriptor)
            unsafe client._withUnsafeGuaranteedRef { $0.acceptFailed(error, on: listener) }
        }
    }

    /// Accepts one connection with the reserved descriptor.
    private func acceptWithReserve(_ index: Int, _ listener: ListenerID) -> Bool {
        guard reserve >= 0 else { return false }
        Platform.close(reserve)
        reserve = -1
        guard case .success(let (descriptor, peer)) = Self.accept(from: Int32(index)) else {
            keepReserve()
            return false
        }
        welcome(descriptor, peer, listener)
        return true
    }

    /// Stops polling a listener for which there is no descriptor: its socket stays ready until there may be one again.
    private func starve(_ index: Int) {
        stopPolling(index)
        starving.append(Int32(index))
        unsafe uv_timer_start(
            retry,
            { timer in
                guard let timer = unsafe timer else { return }
                unsafe Loop.of(timer.pointee.loop)._withUnsafeGuaranteedRef { $0.feedStarving() }
            }, Self.patience, 0)
    }

    private func feedStarving() {
        let waiting = starving
        starving = []
        for descriptor in waiting where slots[Int(descriptor)].use == .listening { updateInterest(Int(descriptor)) }
    }

    /// Uses a descriptor that has become free: for the reserve, or else for listeners that wait for one.
    func descriptorIsFree() {
        if reserve < 0 { return keepReserve() }
        if !starving.isEmpty { feedStarving() }
    }

    private func keepReserve() { reserve = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC) }

    private static func accept(from descriptor: Int32) -> Result<(Int32, Endpoint), SystemError> {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // The pointers are valid for the call, which writes no more than the length that it is given.
        let accepted = unsafe withUnsafeMutablePointer(to: &storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe Platform.accept(descriptor, $0, &length) }
        }
        guard let accepted else { return .failure(.last("accept")) }
        return .success((accepted, Endpoint(storage, length: length) ?? .unix([])))
    }
}
