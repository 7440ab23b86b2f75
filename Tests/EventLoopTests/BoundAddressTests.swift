import Glibc
import Testing

@testable import EventLoop

/// How the kernel's tables are read by which a process is known that is to be replaced.
@Suite struct BoundAddressTests {
    @Test(arguments: [
        ("0100007F:1F90", "127.0.0.1", 8080), ("00000000:0050", "0.0.0.0", 80), ("00000000:0050", "::", 80),
        ("00000000000000000000000000000000:0050", "0.0.0.0", 80), ("00000000000000000000000001000000:0050", "::1", 80),
    ])
    func addresses(_ text: String, _ host: String, _ port: UInt16) throws {
        let endpoint = try #require(Endpoint(address: host, port: port))
        #expect(BoundAddress(table: text) == BoundAddress(endpoint))
        #expect(BoundAddress(table: text) != BoundAddress(endpoint.with(port: port + 1)))
    }

    @Test(arguments: ["", ":", "0100007F", "0100007F:", "0100007F:10000", "0100:1F90", "x100007F:1F90"])
    func noAddress(_ text: String) { #expect(BoundAddress(table: text) == nil) }

    #if os(Linux)
        @Test func whatThisProcessListensOn() throws {
            let path = "/tmp/letterhead-heard-\(UInt64.random(in: 0 ... .max))"
            let sockets = try [.unix(Array(path.utf8)), .ipv4(0x7F00_0001, port: 0)].map { try ListeningSocket(binding: $0) }
            defer {
                sockets[0].removeFile()
                for socket in sockets { socket.close() }
            }
            let heard = ProcessFile.listening(of: getpid())
            for socket in sockets { #expect(heard.contains(BoundAddress(try #require(socket.endpoint)))) }
            #expect(ProcessFile.startTime(of: getpid()) != nil && ProcessFile.startTime(of: .max) == nil)
        }
    #endif
}
