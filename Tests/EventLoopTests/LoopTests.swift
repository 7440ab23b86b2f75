import EventLoop
import Glibc
import Synchronization
import Testing

@Suite struct LoopTests {
    @Test("A turn ends once, after what was ready and after the alarm") func turn() throws {
        final class Order: LoopClient {
            var steps: [String] = []
            override func received(_ bytes: Span<UInt8>, on socket: SocketID, _ owner: SocketOwner) { steps.append("received") }
            override func alarm() { steps.append("alarm") }
            override func endTurn() { steps.append("end") }
        }
        let link = try Linked()
        let order = Order()
        link.loop.send("a".utf8.span, on: link.near)
        link.loop.send("b".utf8.span, on: link.far)
        while order.steps.filter({ $0 == "received" }).count < 2 { link.loop.turn(order) }
        link.loop.turn(order, waits: false)
        let first = try #require(order.steps.firstIndex(of: "received"))
        // Both were ready together.
        #expect(order.steps[(first)...].prefix(3) == ["received", "received", "end"])
        order.steps = []
        link.loop.setAlarm(at: link.loop.now)
        link.loop.turn(order, waits: false)
        let alarm = try #require(order.steps.firstIndex(of: "alarm"))
        #expect(order.steps[alarm + 1] == "end", "what the alarm brought leaves before the loop waits again")
        #expect(order.steps.filter { $0 == "alarm" }.count == 1)
    }

    @Test("The alarm goes off when it is due, the last one that was set") func alarm() throws {
        let loop = try Loop()
        let recorder = Recorder(loop)
        loop.setAlarm(at: loop.now)
        loop.setAlarm(at: .max)
        loop.turn(recorder, waits: false)
        #expect(recorder.events.isEmpty)
        let due = loop.now + 20
        loop.setAlarm(at: loop.now + 100_000)
        loop.setAlarm(at: due)
        while recorder.events.isEmpty { loop.turn(recorder, waits: false) }
        #expect(loop.now >= due)
        #expect(recorder.events == [.alarm])
    }

    @Test("Jobs from other threads are done in order, on the loop, and none when it has ended") func mail() async throws {
        let counted = Mutex<[Int]>([])
        let thread = try LoopThread { _ in LoopClient() }
        for number in 0..<1_000 { thread.mail.post { _ in counted.withLock { $0.append(number) } } }
        let answer = await thread.mail.ask { _ in counted.withLock { $0.count } }
        #expect(answer == 1_000)
        #expect(counted.withLock { $0 } == Array(0..<1_000))
        thread.stop()
        thread.join()
        #expect(thread.mail.post { _ in } == false)
        #expect(await thread.mail.ask { _ in 1 } == nil)
    }

    @Test("Loops on threads of their own share one address") func threads() async throws {
        final class Echo: LoopClient {
            let loop: Loop
            init(_ loop: Loop) { self.loop = loop }
            override func received(_ bytes: Span<UInt8>, on socket: SocketID, _ owner: SocketOwner) {
                loop.send(bytes, on: socket)
            }
            override func ended(_ socket: SocketID, _ owner: SocketOwner) { loop.close(socket) }
        }
        let first = try ListeningSocket(binding: .ipv4(0x7F00_0001, port: 0))
        let address = try #require(first.endpoint)
        let sockets = [first, try ListeningSocket(binding: address, isShared: true)]
        let threads = try sockets.map { _ in try LoopThread { Echo($0) } }
        for (thread, socket) in zip(threads, sockets) {
            #expect(await thread.mail.ask { loop in (try? loop.listen(on: socket)) != nil } == true)
        }
        let loop = try Loop()
        let recorder = Recorder(loop)
        let clients = try (0..<60).map { _ in try loop.connect(to: address, owner: .none) }
        for (number, client) in clients.enumerated() {
            loop.send("client \(number)".utf8.span, on: client)
            loop.shutdown(client)
        }
        #expect(recorder.turn { $0.events.filter { $0 == .ended }.count == 60 })
        for (number, client) in clients.enumerated() {
            #expect(recorder.received[client] == Array("client \(number)".utf8))
        }
        for thread in threads { thread.stop() }
    }

    @Test("Names become addresses of both families; one that is none is an error") func names() throws {
        let loop = try Loop()
        let recorder = Recorder(loop)
        var found: Result<[Endpoint], SystemError>?
        try loop.lookUp("localhost", port: 81) { found = $0 }
        #expect(recorder.turn { _ in found != nil })
        #expect(try #require(found).get().contains(.ipv4(0x7F00_0001, port: 81)))
        var failed: Result<[Endpoint], SystemError>?
        try loop.lookUp("no such name", port: 0) { failed = $0 }
        #expect(recorder.turn { _ in failed != nil })
        #expect(throws: SystemError.self) { try #require(failed).get() }
        // Nobody waits for this one.
        try loop.lookUp("localhost", port: 1) { _ in Issue.record("an answer that was not wanted") }.cancel()
        loop.close()
    }

    @Test("Addresses are read and written", arguments: ["127.0.0.1", "::1", "2001:db8::a:1", "0.0.0.0", "255.255.255.255"])
    func addresses(_ text: String) throws {
        let endpoint = try #require(Endpoint(address: text, port: 80))
        #expect(endpoint.address == text)
        #expect(endpoint.port == 80)
        #expect(endpoint.description == (text.contains(":") ? "[\(text)]:80" : "\(text):80"))
        #expect(endpoint.with(port: 81).port == 81)
    }

    @Test(
        "What is no address is none", arguments: ["", "localhost", "1.2.3", "1.2.3.4.5", "01.2.3.4x", "::1::", "[::1]", "127.1"])
    func noAddresses(_ text: String) { #expect(Endpoint(address: text, port: 80) == nil) }
}
