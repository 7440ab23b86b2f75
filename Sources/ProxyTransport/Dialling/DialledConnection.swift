import EventLoop
import TLS

/// A connection to a server and how it is made: one address after the other until one accepts, then TLS where it is asked for.
class DialledConnection: SocketConnection {
    private var dialling: Dialling?
    private var lookup: NameLookup?
    /// The address of the other end, as it is logged.
    final private(set) var peerAddress: [UInt8] = []

    private struct Dialling {
        let destination: Destination
        var addresses: AddressList
        /// The address that is being tried.
        var current: Endpoint?
        var failed = NoConnection.Attempts()
        /// The deadline for the connection.
        let until: Int
        /// Whether the address being tried has used up its time.
        var isGivenUp = false
        var isOver = false
    }

    // MARK: Events, for subclasses to override

    /// Called when the connection is made, including TLS.
    func dialled() {}
    /// Called when the connection could not be made; nothing more is reported.
    func dialFailed(_ why: NoConnection) {}
    /// Called when a deadline has passed that was set after the connection had been made.
    func rest() {}
    /// Called when TLS failed after the handshake: the bytes received are invalid, or the server refuses the connection.
    func securityBroke(_ fault: Fault) { close() }
    /// The number from which on descriptors are reserved for others.
    var firstReservedDescriptor: Int { .max }

    // MARK: Connecting

    /// Connects, including TLS, before the deadline. `dialled` or `dialFailed` follows.
    final func dial(_ destination: Destination, until: Int) {
        dialling = Dialling(destination: destination, addresses: destination.addresses, until: until)
        host.deadlines.insert(self)
        guard let (name, port) = destination.addresses.unknown else { return tryNext() }
        deadline = until
        do throws(SystemError) {
            lookup = try loop.lookUp(name, port: port) { [self] in
                host.refreshClock()
                found($0, for: name)
                host.settle()
            }
        } catch {
            found(.failure(error), for: name)
        }
    }

    private func fail(_ why: NoConnection) { if stopDialling() { dialFailed(why) } }

    /// Stops connecting; neither `dialled` nor `dialFailed` follows. False if the connection is made, or connecting is over.
    final func stopDialling() -> Bool {
        guard dialling?.isOver == false else { return false }
        dialling?.isOver = true
        lookup?.cancel()
        lookup = nil
        deadline = .max
        close()
        host.deadlines.remove(self)
        return true
    }

    private func found(_ result: Result<[Endpoint], SystemError>, for name: String) {
        lookup = nil
        guard dialling?.isOver == false else { return }
        switch result {
        case .success(let endpoints):
            dialling?.addresses.found(endpoints)
            tryNext()
        case .failure(let error): fail(.unknown(name: name, error))
        }
    }

    private func tryNext() {
        guard let until = dialling?.until else { return }
        let now = host.clock.now
        guard let (address, limit) = dialling?.addresses.next(within: until &- now) else {
            return fail(.refused(dialling?.failed ?? .init()))
        }
        dialling?.current = address
        deadline = until == .max ? .max : now &+ limit
        connect(to: address)
        if let socket, socket.number >= firstReservedDescriptor { fail(.shortage(.noDescriptors)) }
    }

    final override var isDialling: Bool { dialling != nil }

    final override func attemptFailed(_ error: SystemError?) {
        guard let current = dialling?.current, dialling?.isOver == false else { return }
        let error = error ?? (dialling?.isGivenUp == true ? .timedOut : .closedByPeer)
        dialling?.isGivenUp = false
        guard !error.isOutOfDescriptors, !error.isOutOfMemory else { return fail(.shortage(error)) }
        guard security == nil else { return fail(.broken(error)) }
        dialling?.failed.all.append((current, error))
        tryNext()
    }

    final override func deadlinePassed() {
        guard let dialling else { return rest() }
        guard !dialling.isOver else { return }
        // One of several addresses has not answered in its time.
        if security == nil, dialling.current != nil, host.clock.now < dialling.until {
            self.dialling?.isGivenUp = true
            return close()
        }
        fail(.late(dialling.current, isHandshake: security != nil))
    }

    final override func opened() {
        guard let dialling else { return }
        if let current = dialling.current { peerAddress = Array("\(current)".utf8) }
        deadline = dialling.until
        guard let upstreamSecurity = dialling.destination.security else { return succeed() }
        guard let session = upstreamSecurity.session(for: dialling.destination.named) else { return fail(.noSession) }
        secure(session, startsAsClient: true)
    }

    final override func secured() {
        guard let wanted = dialling?.destination.security, let security else { return }
        let agreed = security.applicationProtocol
        guard wanted.accepts(agreed) else { return fail(.otherProtocol(agreed)) }
        succeed()
    }

    private func succeed() {
        dialling = nil
        deadline = .max
        dialled()
    }

    final override func securityFailed(_ fault: Fault) {
        guard dialling != nil else { return securityBroke(fault) }
        fail(.tls(fault))
    }
}
