import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Connections that a loop makes.
extension Loop {
    /// Starts to connect. `connected` or `failed` follows, but never before this returns; bytes that are sent in the meantime
    /// wait. To give up, close the socket.
    ///
    /// - Throws: `SystemError` if there is no descriptor, or if the system reports at once that connecting is impossible.
    public func connect(to endpoint: Endpoint, owner: SocketOwner) throws(SystemError) -> SocketID {
        if case .unix(let path) = endpoint, path.count > Endpoint.pathLimit { throw SystemError(ENAMETOOLONG, "connect") }
        let descriptor = try Platform.socket(endpoint.family)
        do throws(SystemError) {
            if endpoint.port != nil { try Platform.set(Int32(IPPROTO_TCP), TCP_NODELAY, 1, of: descriptor) }
            let status = Platform.connect(descriptor, to: endpoint)
            // A Unix socket with a full queue returns EAGAIN, and would never become ready.
            guard [0, EINPROGRESS, EINTR].contains(status) else { throw SystemError(status, "connect") }
            let socket = try adopt(descriptor, as: .connecting)
            slots[Int(descriptor)].owner = owner
            updateInterest(Int(descriptor))
            return socket
        } catch {
            Platform.close(descriptor)
            throw error
        }
    }

    /// Handles a socket that has become ready: it is connected, or has an error.
    func finishConnecting(_ index: Int) {
        let code = Self.pendingError(of: Int32(index))
        guard code == 0 else { return fail(index, SystemError(code, "connect")) }
        slots[index].use = .open
        slots[index].reads = true
        let generation = slots[index].generation
        unsafe client._withUnsafeGuaranteedRef { $0.connected(identity(index), slots[index].owner) }
        guard slots[index].generation == generation, slots[index].use == .open else { return }
        if slots[index].waiting > 0 { writeBacklog(index) } else { endOutput(index) }
        guard slots[index].generation == generation, slots[index].use == .open else { return }
        updateInterest(index)
    }
}
