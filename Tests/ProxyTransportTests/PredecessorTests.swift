import EventLoop
import Foundation
import ProxyCore
import TestSupport
import Testing

@testable import ProxyTransport

/// How the kernel's tables are read by which a process is known that is to be replaced.
@Suite struct PredecessorTests {
    @Test(arguments: [
        ("0100007F:1F90", "127.0.0.1", 8080), ("00000000:0050", "0.0.0.0", 80), ("00000000:0050", "::", 80),
        ("00000000000000000000000000000000:0050", "0.0.0.0", 80), ("00000000000000000000000001000000:0050", "::1", 80),
    ])
    func addresses(_ text: String, _ host: String, _ port: Int) throws {
        #expect(BoundAddress(table: text) == BoundAddress(.tcp(host: host, port: port)))
        #expect(BoundAddress(table: text) != BoundAddress(.tcp(host: host, port: port + 1)))
    }

    @Test(arguments: ["", ":", "0100007F", "0100007F:", "0100007F:10000", "0100:1F90", "x100007F:1F90"])
    func noAddress(_ text: String) { #expect(BoundAddress(table: text) == nil) }

    #if os(Linux)
        @Test func whatThisProcessListensOn() throws {
            let path = Places.scratch("socket")
            let socket = try SocketSource().socket(for: .unix(path), name: nil, isForEveryUser: true).socket
            defer { socket.close() }
            let origin = try RawOrigin { _ in "" }
            let heard = ProcessFile.listening(of: getpid())
            for target in [SocketTarget.unix(path), .tcp(host: "127.0.0.1", port: origin.port)] {
                let address = try #require(BoundAddress(target))
                #expect(heard.contains(address))
            }
            #expect(ProcessFile.startTime(of: getpid()) != nil && ProcessFile.startTime(of: .max) == nil)
        }

        @Test func nobodyMayTakeAPathOnWhichSomebodyListens() throws {
            let path = Places.scratch("socket")
            let target = SocketTarget.unix(path)
            let first = try SocketSource().socket(for: target, name: nil, isForEveryUser: true).socket
            #expect(throws: ListenFailure.self) { try SocketSource().socket(for: target, name: nil, isForEveryUser: true) }
            let second = try SocketSource(beside: [target]).socket(for: target, name: nil, isForEveryUser: true).socket
            for socket in [first, second] { socket.close() }
            try SocketSource().socket(for: target, name: nil, isForEveryUser: true).socket.close()
        }
    #endif
}
