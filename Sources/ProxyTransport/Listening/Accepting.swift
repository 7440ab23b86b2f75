import EventLoop
import Logging
import ProxyCore

/// The purpose of one of a loop's listening sockets.
struct Accepting {
    enum Purpose {
        /// The socket takes clients of the proxy, for the listener with this number.
        case clients(Int)
        case service(any LocalService)
    }

    let purpose: Purpose
    /// The address as it was configured.
    let target: SocketTarget
}

/// Accepting connections: one loop accepts for all, and each loop gets its share.
extension Worker {
    /// Starts to accept from a socket.
    func accept(from socket: ListeningSocket, _ accepting: Accepting) throws(SystemError) -> ListenerID {
        var isEssential = false
        if case .service = accepting.purpose { isEssential = true }
        let listener = try loop.listen(on: socket, isEssential: isEssential)
        self.accepting[listener] = accepting
        return listener
    }

    /// Stops accepting from a socket and closes it.
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
        do throws(SystemError) {
            begin(try loop.attach(detached), from: peer, listener: id)
        } catch {
            sayAcceptFailed(error, on: accept(id)?.name)
        }
    }

    /// Begins a client's connection on this loop.
    private func begin(_ socket: SocketID, from peer: Endpoint, listener id: Int) {
        guard let listener = accept(id) else { return loop.close(socket) }
        DownstreamConnection(worker: self, listener: listener).begin(socket, from: peer)
        settle()
    }

    func sayAcceptFailed(_ error: SystemError, on address: String?) {
        guard occupancy.maySayShortage() else { return }
        logger.warning(
            "connections cannot be accepted",
            metadata: ["address": "\(address ?? "")", "cause": "\(error.text)", "help": "\(DescriptorLimit.help)"])
    }
}
