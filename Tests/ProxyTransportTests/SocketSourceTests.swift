import EventLoop
import ProxyCore
import TestSupport
import Testing

@testable import ProxyTransport

/// Which sockets listeners get.
@Suite struct SocketSourceTests {
    @Test func nobodyMayTakeAPathOnWhichSomebodyListens() throws {
        let path = Places.scratch("socket")
        let target = SocketTarget.unix(path)
        let first = try SocketSource().socket(for: target, name: nil, isForEveryUser: true).socket
        #expect(throws: ListenFailure.self) { try SocketSource().socket(for: target, name: nil, isForEveryUser: true) }
        let second = try SocketSource(beside: [target]).socket(for: target, name: nil, isForEveryUser: true).socket
        for socket in [first, second] { socket.close() }
        // A child that another test has just forked has the sockets too, until it runs its program.
        while ListeningSocket.isHeard(atPath: path) {}
        try SocketSource().socket(for: target, name: nil, isForEveryUser: true).socket.close()
    }
}
