import EventLoop
import Logging
import ProxyCore

/// What a listening socket of a loop is for.
struct Accepting {
    enum Purpose {
        /// Clients of the proxy: the listener of that number.
        case clients(Int)
        case service(any LocalService)
    }

    let purpose: Purpose
    /// As it was configured.
    let target: SocketTarget
}

/// Connections that are accepted: one loop accepts for all, and each gets its share.
extension Worker {
    /// Accepts from a socket from now on. Nil where the system refuses.
    func accept(from socket: ListeningSocket, _ accepting: Accepting) -> ListenerID? {
        var isEssential = false
        if case .service = accepting.purpose { isEssential = true }
        guard let listener = try? loop.listen(on: socket, isEssential: isEssential) else { return nil }
        self.accepting[listener] = accepting
        return listener
    }

    /// Nobody is accepted there any more.
    func close(_ listener: ListenerID) {
        accepting[listener] = nil
        loop.close(listener)
    }

    func welcome(_ socket: SocketID, from peer: Endpoint, on listener: ListenerID) {
        switch accepting[listener]?.purpose {
        case .clients(let id):
            nextPeer = (nextPeer &+ 1) % max(1, peers.count)
            if peers.count < 2 || nextPeer == place { return begin(socket, from: peer, listener: id) }
            guard let detached = loop.detach(socket) else { return }
            let isThere = peers[nextPeer].post { $0.attach(detached, from: peer, listener: id) }
            if !isThere { detached.close() }
        case .service(let service): ServiceConnection(self, service: service).adopt(socket)
        case nil: loop.close(socket)
        }
    }

    private func attach(_ detached: DetachedSocket, from peer: Endpoint, listener id: Int) {
        guard let socket = try? loop.attach(detached) else { return }
        begin(socket, from: peer, listener: id)
    }

    /// A client's connection begins here.
    private func begin(_ socket: SocketID, from peer: Endpoint, listener id: Int) {
        guard let listener = accept(id) else { return loop.close(socket) }
        DownstreamConnection(worker: self, listener: listener).begin(socket, from: peer)
        settle()
    }

    func sayAcceptFailed(_ error: SystemError, on listener: ListenerID) {
        guard occupancy.maySayShortage() else { return }
        let target = accepting[listener].map { "\($0.target)" } ?? ""
        logger.warning(
            "connections cannot be accepted",
            metadata: ["address": "\(target)", "cause": "\(error.text)", "help": "\(DescriptorLimit.help)"])
    }
}
