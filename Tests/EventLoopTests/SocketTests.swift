import EventLoop
import Glibc
import Testing

@Suite struct SocketTests {
    @Test("Bytes arrive in order, both ways, and the owner is known again") func echo() throws {
        let link = try Linked()
        link.recorder.whenReceived = { [loop = link.loop, far = link.far] socket, bytes in
            if socket == far { loop.send(bytes, on: socket) }
        }
        #expect(link.recorder.owners == [SocketOwner(kind: 1, index: 7)])
        #expect(link.loop.send("Hello".utf8.span, ", there".utf8.span, on: link.near) == .taken)
        #expect(link.recorder.turn { $0.received[link.near]?.count == 12 })
        #expect(link.recorder.received[link.near] == Array("Hello, there".utf8))
    }

    @Test("What the peer does not take waits, is told of, and loses nothing", arguments: [false, true]) func backlog(pairs: Bool)
        throws
    {
        let link = try Linked()
        link.loop.setReading(false, of: link.far)
        let piece = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        var sent: [UInt8] = []
        var waiting = 0
        while waiting < 3 << 20 {
            let outcome =
                pairs
                ? link.loop.send(piece.span.extracting(0..<777), piece.span.extracting(777...), on: link.near)
                : link.loop.send(piece.span, on: link.near)
            sent += piece
            if case .waiting(let count) = outcome { waiting = count }
            #expect(outcome != .lost)
        }
        #expect(link.loop.waiting(on: link.near) == waiting)
        #expect(!link.recorder.events.contains(.drained))
        link.loop.setReading(true, of: link.far)
        #expect(link.recorder.turn { $0.received[link.far]?.count == sent.count })
        #expect(link.recorder.received[link.far] == sent)
        #expect(link.recorder.events == [.drained])
        #expect(link.loop.waiting(on: link.near) == 0)
    }

    @Test("An end comes after what waits has been taken") func endAfterBacklog() throws {
        let link = try Linked()
        link.loop.setReading(false, of: link.far)
        let piece = [UInt8](repeating: 7, count: 1 << 20)
        var sent = 0
        while link.loop.waiting(on: link.near) == 0 {
            link.loop.send(piece.span, on: link.near)
            sent += piece.count
        }
        link.loop.shutdown(link.near)
        #expect(link.isOpen(link.near))
        link.loop.setReading(true, of: link.far)
        #expect(link.recorder.turn { $0.events.contains(.ended) })
        #expect(link.recorder.received[link.far]?.count == sent)
        // The other half still works.
        link.loop.send("answer".utf8.span, on: link.far)
        #expect(link.recorder.turn { $0.received[link.near]?.count == 6 })
    }

    @Test("A paused socket tells that its peer leaves, and still has the bytes before the end") func paused() throws {
        let link = try Linked()
        link.loop.setReading(false, of: link.far)
        link.loop.send("last words".utf8.span, on: link.near)
        link.loop.close(link.near)
        #expect(link.recorder.turn { $0.events == [.leaving] })
        #expect(link.recorder.received[link.far] == nil)
        link.loop.setReading(true, of: link.far)
        #expect(link.recorder.turn { $0.received[link.far]?.count == 10 })
        for _ in 0..<5 { link.loop.turn(link.recorder, waits: false) }
        #expect(link.recorder.events == [.leaving, .ended], "each is told once")
        #expect(link.isOpen(link.far), "this side is the client's to close")
    }

    @Test("A reset is told, after the bytes that came before it") func reset() throws {
        let link = try Linked()
        link.loop.send("before".utf8.span, on: link.near)
        #expect(link.recorder.turn { $0.received[link.far]?.count == 6 })
        link.loop.reset(link.near)
        #expect(link.recorder.turn { !$0.events.isEmpty })
        #expect(link.recorder.events == [.failed(ECONNRESET)])
        #expect(!link.isOpen(link.far))
        #expect(link.loop.send("after".utf8.span, on: link.far) == .lost)
        #expect(link.loop.socketCount == 0)
    }

    @Test("A reset takes nothing away that came before it") func resetKeepsBytes() throws {
        for sends in [false, true] {
            let link = try Linked()
            link.loop.setReading(false, of: link.far)
            link.loop.send("last words".utf8.span, on: link.near)
            link.loop.reset(link.near)
            if sends { while link.loop.send("x".utf8.span, on: link.far) != .lost {} }
            #expect(link.recorder.turn { $0.events == [.broken] }, "\(link.recorder.events)")
            link.loop.setReading(true, of: link.far)
            #expect(link.recorder.turn { $0.events.count == 2 })
            #expect(link.recorder.received[link.far]?.count == 10 && !link.isOpen(link.far))
        }
    }

    @Test("A reset is noticed while reading is paused, and after the peer has ended its side") func resetUnread() throws {
        let paused = try Linked()
        paused.loop.setReading(false, of: paused.far)
        paused.loop.reset(paused.near)
        #expect(paused.recorder.turn { !$0.events.isEmpty })
        #expect(paused.recorder.events == [.failed(ECONNRESET)])

        let ended = try Linked()
        ended.loop.shutdown(ended.near)
        #expect(ended.recorder.turn { $0.events == [.ended] })
        ended.loop.reset(ended.near)
        #expect(ended.recorder.turn { $0.events.count == 2 })
        // What the system calls it after an end differs.
        #expect([[.ended, .failed(ECONNRESET)], [.ended, .failed(EPIPE)]].contains(ended.recorder.events))
    }

    @Test("Sending to a peer that has gone fails, and is told when the loop has the word again") func sendAfterReset() throws {
        let link = try Linked()
        link.loop.setReading(false, of: link.far)
        link.loop.reset(link.near)
        var outcome = Loop.Sent.taken
        // The kernel may take the first; it learns of the reset at once on a loopback.
        for _ in 0..<10 where outcome != .lost { outcome = link.loop.send("x".utf8.span, on: link.far) }
        #expect(outcome == .lost)
        #expect(link.recorder.events.isEmpty)
        #expect(link.recorder.turn { $0.events.count == 1 })
        guard case .failed? = link.recorder.events.first else { throw SystemError(0, "no failure was told") }
        #expect(!link.isOpen(link.far))
    }

    @Test("A connection that nobody accepts is refused, once") func refused() throws {
        let loop = try Loop()
        let recorder = Recorder(loop)
        let socket = try ListeningSocket(binding: .ipv4(0x7F00_0001, port: 0))
        let address = try #require(socket.endpoint)
        socket.close()
        let near = try loop.connect(to: address, owner: .none)
        loop.send("early".utf8.span, on: near)
        #expect(recorder.turn { !$0.events.isEmpty })
        #expect(recorder.events == [.failed(ECONNREFUSED)])
        #expect(loop.socketCount == 0)
    }

    @Test("What is sent before a connection is there leaves when it is") func early() throws {
        let loop = try Loop()
        let recorder = Recorder(loop)
        let socket = try ListeningSocket(binding: .ipv4(0x7F00_0001, port: 0))
        let address = try #require(socket.endpoint)
        _ = try loop.listen(on: socket)
        let near = try loop.connect(to: address, owner: .none)
        #expect(loop.send("early".utf8.span, on: near) == .waiting(5))
        loop.shutdown(near)
        #expect(recorder.turn { $0.events.contains(.ended) })
        #expect(recorder.received[recorder.accepted[0]] == Array("early".utf8))
    }

    @Test("An old identity does nothing to the next owner of its number") func generations() throws {
        let link = try Linked()
        let old = link.far
        link.loop.close(old)
        #expect(link.recorder.turn { $0.events.contains(.ended) })
        link.loop.close(link.near)
        let again = try link.loop.connect(to: link.address, owner: .none)
        #expect(link.recorder.turn { $0.accepted.count == 2 && $0.events.contains(.connected) })
        link.loop.close(old)
        link.loop.setReading(false, of: old)
        #expect(link.loop.send("x".utf8.span, on: old) == .lost)
        link.loop.send("for the new one".utf8.span, on: again)
        #expect(link.recorder.turn { $0.received[link.recorder.accepted[1]]?.count == 15 })
    }

    @Test("Sockets may be closed in the middle of what is told of them") func closedWithin() throws {
        let link = try Linked()
        link.recorder.whenReceived = { [loop = link.loop] socket, _ in loop.close(socket) }
        link.loop.send("x".utf8.span, on: link.near)
        #expect(link.recorder.turn { $0.events == [.ended] })
        #expect(link.loop.socketCount == 1)
        link.recorder.whenAccepted = { [loop = link.loop] in loop.reset($0) }
        _ = try link.loop.connect(to: link.address, owner: .none)
        #expect(link.recorder.turn { $0.events.contains(.failed(ECONNRESET)) })
    }

    @Test("A connection of which both sides have ended keeps nobody busy") func bothEnded() throws {
        let link = try Linked()
        link.loop.shutdown(link.far)
        #expect(link.recorder.turn { $0.events == [.ended] })
        // Nothing is asked for but errors: neither reading nor an end.
        link.loop.shutdown(link.near)
        #expect(link.recorder.turn { $0.events == [.ended, .ended] })
        let before = link.recorder.turns
        link.loop.setAlarm(at: link.loop.now + 50)
        while link.recorder.events.last != .alarm {
            link.loop.turn(link.recorder)
            // Another, lest it has gone off before the wait.
            link.loop.setAlarm(at: link.loop.now + 50)
        }
        #expect(link.recorder.turns - before <= 9, "the loop waited for the alarm")
    }

    @Test("Both families and Unix sockets", arguments: ["::1", "unix"]) func families(_ kind: String) throws {
        let path = "/tmp/letterhead-loop-\(UInt64.random(in: 0 ... .max))"
        let endpoint = kind == "unix" ? Endpoint.unix(Array(path.utf8)) : try #require(Endpoint(address: kind, port: 0))
        let link = try Linked(endpoint)
        link.loop.send("hi".utf8.span, on: link.near)
        #expect(link.recorder.turn { $0.received[link.far]?.count == 2 })
        if kind == "unix" {
            // A second one takes its place, without a moment in which there is none.
            let second = try ListeningSocket(binding: endpoint, isForEveryUser: true)
            #expect(second.endpoint != nil)
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o666)
            let third = try ListeningSocket(binding: endpoint)
            second.removeFile()
            #expect(stat(path, &status) == 0, "the file is that of the third now")
            third.removeFile()
            #expect(stat(path, &status) != 0)
            second.close()
            third.close()
        }
    }

    @Test("Urgent data, which nobody reads, keeps nobody busy") func urgent() throws {
        let link = try Linked()
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = try #require(link.address.port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        #expect(status == 0)
        #expect(send(socket, "!", 1, Int32(MSG_OOB)) == 1)
        _ = Glibc.shutdown(socket, Int32(SHUT_WR))
        #expect(link.recorder.turn { $0.events.contains(.ended) })
        let before = link.recorder.turns
        link.loop.setAlarm(at: link.loop.now + 50)
        while link.recorder.events.last != .alarm {
            link.loop.turn(link.recorder)
            // Another, lest it has gone off before the wait.
            link.loop.setAlarm(at: link.loop.now + 50)
        }
        #expect(link.recorder.turns - before <= 9, "the loop waited for the alarm")
    }

    @Test("A path that is taken by something else, or too long, is an error") func badPaths() throws {
        #expect(throws: SystemError(ENOTSOCK, "bind")) { try ListeningSocket(binding: .unix(Array("/etc/hostname".utf8))) }
        let long = [UInt8](repeating: UInt8(ascii: "a"), count: 200)
        #expect(throws: SystemError(ENAMETOOLONG, "bind")) { try ListeningSocket(binding: .unix(long)) }
        let loop = try Loop()
        #expect(throws: SystemError(ENAMETOOLONG, "connect")) { try loop.connect(to: .unix(long), owner: .none) }
        #expect(throws: SystemError.self) { try loop.connect(to: .unix(Array("/nowhere/at/all".utf8)), owner: .none) }
    }

    @Test("An address that is in use is an error; one that is shared is not") func inUse() throws {
        let first = try ListeningSocket(binding: .ipv4(0x7F00_0001, port: 0))
        let address = try #require(first.endpoint)
        #expect(throws: SystemError(EADDRINUSE, "bind")) { try ListeningSocket(binding: address) }
        let beside = try ListeningSocket(binding: address, isShared: true)
        beside.close()
        first.close()
        #expect(throws: SystemError.self) { try ListeningSocket(inherited: 0x7FFF) }
    }
}
