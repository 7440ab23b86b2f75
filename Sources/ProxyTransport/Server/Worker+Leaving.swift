import EventLoop
import HTTP1
import HTTPModel
import HeaderPolicy
import Logging
import ProxyCore

/// The way down.
extension Worker {
    /// Ends what is idle and lets the rest finish, for `grace` milliseconds. `whenStopped` is told whether all of it did.
    func drain(grace: Int, whenStopped: @escaping (Bool) -> Void) {
        refreshClock()
        self.whenStopped = whenStopped
        switch lifetime.signalled(now: clock.now, grace: max(0, grace)) {
        case .nothing: stopped(cleanly: true)
        case .drain: for connection in clients { connection.drain() }
        case .stop: stop()
        }
    }

    /// Cuts off what is left.
    func stop() {
        isStopping = true
        let isClean = clientCount == 0
        for connection in clients { connection.close() }
        for generation in generations { for pool in generation.pools { pool.close() } }
        settle()
        stopped(cleanly: isClean)
    }

    /// The loop ends: whatever it still has is let go.
    func dissolve() {
        for connection in all { connection.close() }
        settle()
        peers = []
        generations = []
        listeners = []
        leaving = []
        workspaces.clear()
    }

    func stopped(cleanly: Bool) {
        log.flush()
        for generation in generations { generation.context.inspection.flush() }
        // They know the worker as it knows them.
        workspaces.clear()
        handshakes.removeAll()
        whenStopped?(cleanly)
        whenStopped = nil
    }
}
