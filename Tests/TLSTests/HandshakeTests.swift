import TLS
import TestSupport
import Testing

@Suite struct HandshakeTests {
    @Test("Bytes go both ways, whole or in pieces", arguments: [Workspace.inputLimit, 1, 1000], [ProtocolVersion.tls12, .tls13])
    func exchange(_ pieces: Int, _ version: ProtocolVersion) throws {
        let pair = try Pair(
            Session(try Made.client { $0.protocols = ["h2", "http/1.1"] }, name: "site.example"),
            Session(try Made.server { $0.oldestVersion = version }))
        pair.pieces = pieces
        pair.run()
        #expect(pair.client.state == .established && pair.server.state == .established)
        #expect(pair.server.version == "TLSv1.3" && pair.server.cipher.hasPrefix("TLS_"))
        #expect(pair.server.applicationProtocol == "h2" && pair.client.applicationProtocol == "h2")
        #expect(pair.server.serverName == Array("site.example".utf8))
        let large = (0..<(pieces == 1 ? 50_000 : 2_000_000)).map { UInt8(truncatingIfNeeded: $0 >> 5) }
        pair.clientSends(large)
        // (Not compared within the macro, which would look for the difference for very long.)
        let isWhole = pair.serverGot == large
        #expect(isWhole, "\(pair.serverGot.count) of \(large.count), \(pair.server.state) \(pair.client.state)")
        pair.serverSends(Array("hello".utf8))
        #expect(pair.clientGot == Array("hello".utf8))
        pair.serverCloses()
        #expect(pair.client.state == .ended)
        pair.client.connectionEnded()
        #expect(pair.client.state == .ended)
        pair.server.connectionEnded()
        #expect(pair.server.state == .failed(Fault("truncated")))
    }

    @Test(
        "The name chooses the certificate",
        arguments: [
            ("site.example", 0), ("WWW.Site.Example", 0), ("a.wild.example", 0), ("blog.example", 1), ("other.example", 0),
            ("a.b.wild.example", 0),
        ])
    func names(_ name: String, _ index: Int) throws {
        let pair = try Pair(Session(try Made.client { $0.authorities = .none }, name: name), Session(try Made.server()))
        pair.run()
        #expect(pair.server.state == .established && pair.server.identity == index)
        #expect(pair.client.peerCertificate?.names == (try Made.server().names(of: index)))
        #expect(pair.server.serverName == Array(name.lowercased().utf8))
    }

    @Test(
        "Strict: a name that no certificate has, or none, is refused with unrecognized_name",
        arguments: ["other.example", "127.0.0.1"])
    func strict(_ name: String) throws {
        let pair = try Pair(
            Session(try Made.client { $0.authorities = .none }, name: name), Session(try Made.server { $0.isStrict = true }))
        pair.run()
        #expect(pair.server.state == .failed(Fault("unknown_server_name")))
        #expect(pair.toClient.suffix(2) == [2, 112])
        #expect(pair.client.state == .failed(Fault("tlsv1_unrecognized_name")))
    }

    @Test("Protocols: the server's order holds; others alone are refused; none is none")
    func protocols() throws {
        let offers: [([String], String?)] = [
            (["http/1.1", "h2"], "h2"), (["http/1.1"], "http/1.1"), (["spdy/1", "http/1.1"], "http/1.1"), ([], nil),
            (["http/1.0"], "http/1.0"), (["http/1.0", "http/1.1"], "http/1.1"),
        ]
        for (offer, agreed) in offers {
            let pair = try Pair(
                Session(try Made.client { $0.protocols = offer }, name: "site.example"), Session(try Made.server()))
            pair.run()
            #expect(pair.server.applicationProtocol == agreed && pair.client.state == .established)
        }
        let pair = try Pair(
            Session(try Made.client { $0.protocols = ["spdy/1"] }, name: "site.example"), Session(try Made.server()))
        pair.run()
        #expect(pair.server.state == .failed(Fault("no_application_protocol")))
        #expect(pair.toClient.suffix(2) == [2, 120])
    }

    @Test("A client may have to wait for the costly part, and loses nothing of what it said")
    func waits() throws {
        let pair = try Pair(Session(try Made.client(), name: "blog.example"), Session(try Made.server(), waits: true))
        pair.run()
        #expect(pair.server.state == .waiting && pair.toClient.isEmpty)
        #expect(pair.server.serverName == Array("blog.example".utf8))
        pair.serverProceeds()
        #expect(pair.server.state == .established && pair.server.identity == 1)
        pair.clientSends(Array("hello".utf8))
        #expect(pair.serverGot == Array("hello".utf8))
    }

    @Test("What is no handshake fails with an alert and a word, and harms nothing")
    func garbage() throws {
        let hello: [UInt8] = [0x16, 3, 1, 0, 0x30, 1, 0, 0, 0x2C, 3, 3] + [UInt8](repeating: 7, count: 42)
        let cases: [[UInt8]] = [
            [0x80, 0x2E, 1, 0, 2] + [UInt8](repeating: 0, count: 50), [UInt8](repeating: 0, count: 10),
            [0x16, 3, 1, 0xFF, 0xFF, 1, 2, 3],
            [0x17, 3, 3, 0, 1, 0], hello, Array("GET / HTTP/1.1\r\n\r\n".utf8), [0x16, 3, 1, 0, 4, 2, 0, 0, 0],
        ]
        for bytes in cases {
            let session = try #require(Session(try Made.server()))
            let workspace = Workspace()
            session.receive(bytes.span, workspace)
            guard case .failed(let fault) = session.state else {
                Issue.record("\(bytes) is \(session.state)")
                continue
            }
            #expect(!fault.reason.isEmpty && fault.reason != "connection_lost", "\(fault)")
            let isSent = session.send(bytes.span, workspace)
            #expect(!isSent)
            session.receive(bytes.span, workspace)
        }
        let cut = try #require(Session(try Made.server()))
        cut.receive(hello.span.extracting(0..<20), Workspace())
        #expect(cut.state == .handshaking)
        cut.connectionEnded()
        #expect(cut.state == .failed(Fault("closed_during_handshake")))
    }

    @Test("Handshake messages after the handshake are few, and data earns more", arguments: [0, 1 << 20])
    func keyUpdates(_ bytes: Int) throws {
        let pair = try Pair(Session(try Made.client(), name: "site.example"), Session(try Made.server()))
        pair.run()
        pair.clientSends([UInt8](repeating: 1, count: bytes + 1))
        let allowed = 64 + bytes >> 16
        pair.clientUpdatesKeys(allowed, wantsAnswers: false)
        pair.clientSends([2])
        #expect(pair.server.state == .established && pair.serverGot.count == bytes + 2 && pair.serverGot.last == 2)
        let before = pair.toClient.count
        pair.clientUpdatesKeys(2_000, wantsAnswers: true)
        #expect(pair.server.state == .failed(Fault("too_many_handshake_messages")))
        #expect(pair.toClient.count < before + 100, "only the alert, if any")
    }

    @Test("A peer may say all and leave with the end of its handshake")
    func leavesAtOnce() throws {
        let pair = try Pair(Session(try Made.client(), name: "site.example"), Session(try Made.server()))
        pair.runUntilClientIsDone { client, workspace in
            client.send("hello".utf8.span, workspace)
            client.close(workspace)
        }
        #expect(pair.server.state == .ended && pair.server.hasShakenHands && pair.serverGot == Array("hello".utf8))
    }

    @Test("A server without a name cannot be verified", arguments: ["", "."])
    func nameless(_ name: String) throws {
        #expect((Session(try Made.client(), name: name) == nil) == name.isEmpty)
        #expect(Session(try Made.client { $0.authorities = .none }, name: name) != nil)
    }

    @Test("A version that is too old is refused")
    func versions() throws {
        let old = try openssl(["version"])
        #expect(!old.output.isEmpty)
        let pair = try Pair(
            Session(try Made.client(), name: "site.example"), Session(try Made.server { $0.oldestVersion = .tls13 }))
        pair.run()
        #expect(pair.server.version == "TLSv1.3")
    }
}
