import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Sockets: how a descriptor becomes one, what it is polled for, and how it ends.
extension Loop {
    /// Sets the value by which the client recognizes the socket in events.
    public func setOwner(_ owner: SocketOwner, of socket: SocketID) {
        guard let index = slot(of: socket) else { return }
        slots[index].owner = owner
    }

    /// The index of an open socket's slot.
    func slot(of socket: SocketID) -> Int? {
        let index = Int(socket.descriptor)
        guard index >= 0, index < slots.count, slots[index].generation == socket.generation else { return nil }
        switch slots[index].use {
        case .open, .connecting: return index
        case .free, .listening: return nil
        }
    }

    func identity(_ index: Int) -> SocketID { SocketID(descriptor: Int32(index), generation: slots[index].generation) }

    /// Takes over a descriptor, which must not block and now belongs to this loop.
    func adopt(_ descriptor: Int32, as use: SocketSlot.Use) throws(SystemError) -> SocketID {
        let index = Int(descriptor)
        while slots.count <= index { slots.append(SocketSlot()) }
        try prepare(index)
        nextGeneration = nextGeneration &+ 1 == 0 ? 1 : nextGeneration &+ 1
        slots[index].generation = nextGeneration
        slots[index].use = use
        slots[index].readLimit = Int32(Self.readSize)
        if use != .listening { socketCount &+= 1 }
        return SocketID(descriptor: descriptor, generation: nextGeneration)
    }

    /// Makes the poll handle for a descriptor number when the number is first seen.
    private func prepare(_ index: Int) throws(SystemError) {
        while unsafe polls.count <= index { unsafe polls.append(nil) }
        guard unsafe polls[index] == nil else { return }
        let poll = UnsafeMutablePointer<uv_poll_t>.allocate(capacity: 1)
        let status = unsafe uv_poll_init(handle, poll, CInt(index))
        guard status == 0 else {
            unsafe poll.deallocate()
            throw SystemError(uv: status, "uv_poll_init")
        }
        unsafe poll.pointee.data = UnsafeMutableRawPointer(bitPattern: index)
        unsafe polls[index] = poll
    }

    /// Gives up an accepted socket, for another loop to `attach`. Only allowed within `LoopClient.accepted`.
    public func detach(_ socket: SocketID) -> DetachedSocket? {
        guard let index = slot(of: socket) else { return nil }
        socketCount &-= 1
        slots[index] = SocketSlot()
        if let poll = unsafe polls[index] { unsafe uv_poll_stop(poll) }
        return DetachedSocket(descriptor: socket.descriptor)
    }

    /// Takes over a socket that another loop has detached.
    public func attach(_ detached: DetachedSocket) throws(SystemError) -> SocketID {
        do throws(SystemError) {
            let socket = try adopt(detached.descriptor, as: .open)
            slots[Int(detached.descriptor)].reads = true
            updateInterest(Int(detached.descriptor))
            return socket
        } catch {
            Platform.close(detached.descriptor)
            throw error
        }
    }

    // MARK: Polling

    /// Pauses or resumes reading. While it is paused, the end of the peer's side is still noticed.
    public func setReading(_ reads: Bool, of socket: SocketID) {
        guard let index = slot(of: socket), slots[index].reads != reads else { return }
        slots[index].reads = reads
        if slots[index].isBroken { if reads { tellSoon(index) } } else { updateInterest(index) }
    }

    /// Sets the most bytes that one read takes.
    public func setReadLimit(_ bytes: Int, of socket: SocketID) {
        guard let index = slot(of: socket) else { return }
        slots[index].readLimit = Int32(min(max(1, bytes), Self.readSize))
    }

    /// Polls for the events that the slot's state requires.
    func updateInterest(_ index: Int) {
        var wanted: Int32 = 0
        switch slots[index].use {
        case .free: break
        case .listening: wanted = slots[index].reads ? Int32(UV_READABLE.rawValue) : 0
        case .connecting: wanted = Int32(UV_WRITABLE.rawValue)
        case .open where slots[index].isBroken: break
        case .open:
            if slots[index].waiting > 0 { wanted |= Int32(UV_WRITABLE.rawValue) }
            if slots[index].reads, !slots[index].inputEnded { wanted |= Int32(UV_READABLE.rawValue) }
            if !slots[index].reads, !slots[index].leavingWasTold { wanted |= Int32(UV_DISCONNECT.rawValue) }
            // Polling reports a condition as long as it lasts, so a known end would be reported again and again. Only a reset is
            // still of interest, and it is reported whatever is polled for; urgent data never comes, so it is polled for alone.
            if wanted == 0, !slots[index].isNoisy { wanted = Int32(UV_PRIORITIZED.rawValue) }
        }
        guard wanted != slots[index].interest else { return }
        slots[index].interest = wanted
        poll(index)
    }

    private func poll(_ index: Int) {
        guard let poll = unsafe polls[index] else { return }
        let interest = slots[index].interest
        guard interest != 0 else {
            unsafe uv_poll_stop(poll)
            return
        }
        // The call only fails for a handle that is being closed, and this one is not.
        unsafe uv_poll_start(poll, interest) { poll, status, events in
            guard let poll = unsafe poll else { return }
            let index = unsafe Int(bitPattern: poll.pointee.data)
            unsafe Loop.of(poll.pointee.loop)._withUnsafeGuaranteedRef { $0.ready(index, status, events) }
        }
    }

    private func ready(_ index: Int, _ status: CInt, _ events: CInt) {
        switch slots[index].use {
        case .free: break
        case .listening:
            // On an error, polling is started again, and `accept` returns the error.
            if status != 0 { slots[index].interest = 0 }
            accept(index)
        case .connecting: finishConnecting(index)
        case .open:
            // libuv has stopped polling for a socket with an error; bytes that arrived before it are still read.
            guard status == 0 else { return broke(index) }
            let generation = slots[index].generation
            if events & Int32(UV_WRITABLE.rawValue) != 0 {
                writeBacklog(index)
                guard slots[index].generation == generation, slots[index].use == .open else { return }
            }
            if events & Int32(UV_READABLE.rawValue) != 0, slots[index].reads {
                read(index)
            } else if events & Int32(UV_DISCONNECT.rawValue) != 0 {
                tellLeaving(index)
            } else if events & Int32(UV_PRIORITIZED.rawValue) != 0 {
                slots[index].isNoisy = true
                updateInterest(index)
            }
        }
    }

    /// Handles an error of a socket. Bytes that the peer sent before it count and are read first. While reading is paused, the
    /// client is told that the peer leaves, and of the error when it resumes reading.
    func broke(_ index: Int, _ error: SystemError? = nil) {
        let generation = slots[index].generation
        if let error, slots[index].failure == 0 { slots[index].failure = error.code }
        slots[index].isBroken = true
        slots[index].interest = 0
        if let poll = unsafe polls[index] { unsafe uv_poll_stop(poll) }
        slots[index].backlog = []
        slots[index].written = 0
        while slots[index].reads, !slots[index].inputEnded {
            let goesOn = read(index)
            guard slots[index].generation == generation, slots[index].use == .open else { return }
            if !goesOn { break }
        }
        if !slots[index].reads, !slots[index].inputEnded, hasBytes(index) { return tellLeaving(index) }
        let noted = slots[index].failure
        let code = noted == 0 ? Self.pendingError(of: Int32(index)) : noted
        fail(index, SystemError(code == 0 ? ECONNRESET : code, "socket"))
    }

    /// The pending error of a socket; 0 if it reports none.
    static func pendingError(of descriptor: Int32) -> Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        // The pointers are valid for the call.
        _ = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        return code
    }

    // MARK: Ending

    /// Closes at once and discards waiting bytes. The client gets no further events for the socket.
    public func close(_ socket: SocketID) {
        guard let index = slot(of: socket) else { return }
        release(Int32(index))
    }

    /// Closes with a reset, where a clean end would look like the end of a message.
    public func reset(_ socket: SocketID) {
        guard let index = slot(of: socket) else { return }
        var now = linger(l_onoff: 1, l_linger: 0)
        // The pointer is valid for the call.
        _ = unsafe setsockopt(Int32(index), SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        release(Int32(index))
    }

    /// Closes this side once all bytes have been sent (FIN); the peer may go on sending.
    public func shutdown(_ socket: SocketID) {
        guard let index = slot(of: socket) else { return }
        slots[index].endsOutput = true
        if slots[index].use == .open, slots[index].waiting == 0 { endOutput(index) }
    }

    /// Closes this side if that was asked for. False if it was not.
    @discardableResult
    func endOutput(_ index: Int) -> Bool {
        guard slots[index].endsOutput else { return false }
        slots[index].endsOutput = false
        Platform.shutDownWriting(Int32(index))
        return true
    }

    /// Closes the socket and tells the client why.
    func fail(_ index: Int, _ error: SystemError) {
        let socket = identity(index)
        let owner = slots[index].owner
        release(Int32(index))
        unsafe client._withUnsafeGuaranteedRef { $0.failed(socket, owner, error) }
    }

    /// Closes the descriptor and frees its slot.
    func release(_ descriptor: Int32) {
        let index = Int(descriptor)
        if slots[index].use != .listening { socketCount &-= 1 }
        // Events of this turn that libuv already has are dropped too, so that the number's next owner does not get them.
        if slots[index].interest != 0, let poll = unsafe polls[index] { unsafe uv_poll_stop(poll) }
        slots[index] = SocketSlot()
        Platform.close(descriptor)
        descriptorIsFree()
    }
}
