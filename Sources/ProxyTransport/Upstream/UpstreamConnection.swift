import EventLoop
import HTTPModel
import ProxyCore
import TLS

/// A connection to an app and how it is made: one address after the other until one accepts, then TLS where it is configured.
class UpstreamConnection: SocketConnection {
    final let worker: Worker
    private var dialling: Dialling?
    private var lookup: NameLookup?
    /// The address of the other end, as it is logged.
    final private(set) var peerAddress: [UInt8] = []

    private struct Dialling {
        let dialer: Dialer
        var addresses: AddressList
        /// The address that is being tried.
        var current: Endpoint?
        var failed = NoAddressAnswers()
        /// The deadline for the connection.
        let until: Int
        /// Whether the address being tried has used up its time.
        var isGivenUp = false
        var isOver = false
    }

    init(_ worker: Worker) {
        self.worker = worker
        super.init(worker, memory: worker.memory)
    }

    /// Called when the connection is made, including TLS.
    func dialled() {}
    /// Called when the connection could not be made; nothing more is reported.
    func dialFailed(_ failure: DialFailure) {}
    /// Called when a deadline has passed that was set after the connection had been made.
    func rest() {}

    // MARK: Connecting

    /// Connects within `timeout` milliseconds (0 means no limit), including TLS. Only called by the dialer.
    final func dial(_ dialer: Dialer, timeout: Int) {
        let now = worker.clock.now
        dialling = Dialling(
            dialer: dialer, addresses: dialer.addresses, until: Timed.deadline(now: now, after: timeout))
        worker.deadlines.insert(self)
        guard let (name, port) = dialer.addresses.unknown else { return tryNext() }
        deadline = dialling?.until ?? .max
        do throws(SystemError) {
            lookup = try worker.loop.lookUp(name, port: port) { [self] in
                worker.refreshClock()
                found($0)
                worker.settle()
            }
        } catch {
            found(.failure(error))
        }
    }

    private func found(_ result: Result<[Endpoint], SystemError>) {
        lookup = nil
        guard dialling?.isOver == false else { return }
        switch result {
        case .success(let endpoints):
            dialling?.addresses.found(endpoints)
            tryNext()
        case .failure(let error): fail(DialFailure(fault: .connectFailed, cause: error.text))
        }
    }

    private func tryNext() {
        guard let until = dialling?.until else { return }
        let now = worker.clock.now
        guard let (address, limit) = dialling?.addresses.next(within: until &- now) else { return failConnecting() }
        dialling?.current = address
        deadline = until == .max ? .max : now &+ limit
        connect(to: address)
        // The last descriptors are reserved for health and admin requests.
        if let socket, socket.number >= worker.occupancy.descriptors.upstreams {
            fail(DialFailure(fault: .overloaded, cause: SystemError.noDescriptors.text))
        }
    }

    final override var isDialling: Bool { dialling != nil }

    final override func attemptFailed(_ error: SystemError?) {
        guard let current = dialling?.current, dialling?.isOver == false else { return }
        let error = error ?? (dialling?.isGivenUp == true ? .timedOut : .closedByPeer)
        dialling?.isGivenUp = false
        guard !error.isOutOfDescriptors, !error.isOutOfMemory else {
            return fail(DialFailure(fault: .overloaded, cause: error.text))
        }
        guard security == nil else { return fail(.tlsFailed, Fault("closed_during_handshake")) }
        dialling?.failed.attempts.append((current, error))
        tryNext()
    }

    private func failConnecting() {
        guard let dialling, let last = dialling.failed.attempts.last else {
            return fail(DialFailure(fault: .connectFailed, cause: "no address is known"))
        }
        fail(
            DialFailure(
                fault: dialling.failed.isTimeout ? .connectTimeout : .connectFailed,
                cause: dialling.dialer.isName ? dialling.failed.namedText : last.error.text,
                address: dialling.dialer.isName ? "\(last.address)" : ""))
    }

    private func fail(_ failure: DialFailure) {
        guard let dialer = dialling?.dialer, stopDialling() else { return }
        dialer.say(failure)
        dialFailed(failure)
    }

    /// Stops connecting; neither `dialled` nor `dialFailed` follows. False if the connection is made, or connecting is over.
    final func stopDialling() -> Bool {
        guard dialling?.isOver == false else { return false }
        dialling?.isOver = true
        lookup?.cancel()
        lookup = nil
        deadline = .max
        close()
        worker.deadlines.remove(self)
        return true
    }

    final override func deadlinePassed() {
        guard let dialling else { return rest() }
        guard !dialling.isOver else { return }
        // One of several addresses has not answered in its time.
        if security == nil, dialling.current != nil, worker.clock.now < dialling.until {
            self.dialling?.isGivenUp = true
            return close()
        }
        fail(
            DialFailure(
                fault: .connectTimeout, cause: security != nil ? "the TLS handshake took too long" : "no answer in time",
                address: dialling.dialer.isName ? dialling.current.map { "\($0)" } ?? "" : ""))
    }

    final override func opened() {
        guard let dialer = dialling?.dialer else { return }
        if let current = dialling?.current { peerAddress = Array("\(current)".utf8) }
        deadline = dialling?.until ?? .max
        guard let upstreamSecurity = dialer.security else { return succeed() }
        guard let session = upstreamSecurity.session(for: dialer.named) else {
            return fail(DialFailure(fault: .tlsFailed, cause: "TLS cannot be set up"))
        }
        secure(session, startsAsClient: true)
    }

    final override func secured() {
        guard let dialer = dialling?.dialer, let security else { return }
        let agreed = security.applicationProtocol
        guard dialer.security?.accepts(agreed) != false else {
            return fail(DialFailure(fault: .tlsFailed, cause: TLSWords.noHTTP2(agreed)))
        }
        succeed()
    }

    private func succeed() {
        dialling = nil
        deadline = .max
        dialled()
    }

    override func securityFailed(_ fault: Fault) {
        guard dialling != nil else { return securityBroke(fault) }
        fail(.tlsFailed, fault)
    }

    private func fail(_ reason: UpstreamFault, _ fault: Fault) {
        guard let dialer = dialling?.dialer else { return }
        fail(DialFailure(fault: reason, cause: dialer.words(for: fault)))
    }

    /// Called when TLS failed after the handshake: the bytes received are invalid, or the app refuses the connection.
    func securityBroke(_ fault: Fault) { close() }
}
