import EventLoop
import HTTPModel
import HeaderPolicy
import Logging
import ProxyCore

/// Draining and stopping a worker.
extension Worker {
    /// Closes idle connections and lets the others finish, for `grace` milliseconds. `whenStopped` is told whether all of them
    /// did.
    func drain(grace: Int, whenStopped: @escaping (Bool) -> Void) {
        refreshClock()
        self.whenStopped = whenStopped
        switch lifetime.signalled(now: clock.now, grace: max(0, grace)) {
        case .nothing: stopped(cleanly: true)
        case .drain: for connection in clients { connection.drain() }
        case .stop: stop()
        }
    }

    /// Cuts off everything that is still open.
    func stop() {
        let isClean = clients.allSatisfy(\.isLingering)
        lifetime.stop()
        for connection in clients { connection.cutOff(.stop) }
        for generation in generations { for pool in generation.pools { pool.close() } }
        settle()
        stopped(cleanly: isClean)
    }

    /// Releases everything that the loop still has, because the loop ends.
    func dissolve() {
        for connection in clients { connection.cutOff(.stop) }
        for connection in all { connection.close() }
        settle()
        peers = []
        generations = []
        listeners = []
        leaving = []
        dropWorkspaces()
    }

    func stopped(cleanly: Bool) {
        log.flush()
        for generation in generations { generation.context.inspection.flush() }
        // These refer to the worker as it refers to them; clearing them breaks the reference cycles.
        dropWorkspaces()
        handshakes.removeAll()
        whenStopped?(cleanly)
        whenStopped = nil
    }
}
