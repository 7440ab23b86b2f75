/// A connection to an app.
class UpstreamConnection: DialledConnection {
    final let worker: Worker
    private var dialer: Dialer?

    init(_ worker: Worker) {
        self.worker = worker
        super.init(worker, memory: worker.memory)
    }

    /// Called when the connection could not be made; nothing more is reported.
    func dialFailed(_ failure: DialFailure) {}

    /// Connects within `timeout` milliseconds (0 means no limit), including TLS. Only called by the dialer.
    final func dial(_ dialer: Dialer, timeout: Int) {
        self.dialer = dialer
        dial(dialer.destination, until: Timed.deadline(now: worker.clock.now, after: timeout))
    }

    final override func dialFailed(_ why: NoConnection) {
        guard let failure = dialer?.failure(why) else { return }
        dialer?.say(failure)
        dialFailed(failure)
    }

    /// The last descriptors are reserved for health and admin requests.
    final override var firstReservedDescriptor: Int { worker.occupancy.descriptors.upstreams }
}
