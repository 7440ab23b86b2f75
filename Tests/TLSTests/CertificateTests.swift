import COpenSSL
import Foundation
import TestSupport
import Testing

@testable import TLS

/// Who is believed, on both sides.
@Suite struct CertificateTests {
    @Test("A server's certificate is judged by authority, name and time")
    func server() throws {
        let root = try Made.root.get()
        let judged: [(TestSupport.Certificate, String, CertificateVerdict?)] = [
            (try root.site("site.example"), "site.example", nil),
            (try root.site("site.example"), "other.example", .otherName),
            (try root.site("site.example"), "127.0.0.1", .otherName),
            (try root.site("*.site.example"), "a.site.example", nil),
            (try root.site("*.site.example"), "a.b.site.example", .otherName),
            (try root.site("site.example", expired: true), "site.example", .expired),
            (try CertificateAuthority("Stranger").site("site.example"), "site.example", .untrusted),
        ]
        for (certificate, name, verdict) in judged {
            let identity = try Made.identity(certificate)
            let pair = try Pair(
                Session(try Made.client(), name: name), Session(try Made.server { $0.identities = [identity] }))
            pair.run()
            guard let verdict else {
                #expect(pair.client.state == .established)
                continue
            }
            guard case .failed(let fault) = pair.client.state else {
                Issue.record("\(name): \(pair.client.state)")
                continue
            }
            #expect(fault.reason == "certificate_verify_failed" && fault.verdict == verdict, "\(name): \(fault)")
            // The server is told, and says why.
            guard case .failed(let told) = pair.server.state else { throw Disappointment("\(pair.server.state)") }
            #expect(told.reason.contains("alert"), "\(told)")
        }
    }

    @Test("An address is verified as an address, and not asked for") func address() throws {
        let made = try Certificates.shared.get()
        let identity = try Made.identity(made.server)
        let authorities = try Made.certificates(made.authority)
        for (name, isGood) in [("127.0.0.1", true), ("localhost", true), ("127.0.0.2", false)] {
            let pair = try Pair(
                Session(try Made.client { $0.authorities = .these(authorities) }, name: name),
                Session(try Made.server { $0.identities = [identity] }))
            pair.run()
            #expect((pair.client.state == .established) == isGood, "\(name)")
            #expect(pair.server.serverName.isEmpty == (name != "localhost"))
        }
    }

    @Test("A client's certificate: required, optional, untrusted, expired", arguments: [true, false])
    func client(isRequired: Bool) throws {
        let authority = try Made.clients.get()
        let trusted = try Made.certificates(authority.certificate.path)
        let server = try Made.server { $0.clients = .init(authorities: trusted, isRequired: isRequired) }
        let shown: [(TestSupport.Certificate?, TLS.Certificate.Validity?, Bool)] = [
            (try authority.client("good"), .valid, true), (nil, nil, !isRequired),
            (try authority.client("late", expired: true), .expired, false),
            (try CertificateAuthority("Stranger").client("forged"), .valid, false),
        ]
        for (certificate, validity, isWelcome) in shown {
            let identity = try certificate.map { try Made.identity($0) }
            let pair = try Pair(Session(try Made.client { $0.identity = identity }, name: "site.example"), Session(server))
            pair.run()
            #expect((pair.server.state == .established) == isWelcome, "\(pair.server.state)")
            guard !isWelcome else {
                #expect(pair.server.peerCertificate?.subject == identity.map { _ in Array("CN=good".utf8) })
                continue
            }
            guard case .failed(let fault) = pair.server.state else { continue }
            #expect(
                fault.reason == (identity == nil ? "peer_did_not_return_a_certificate" : "certificate_verify_failed"), "\(fault)")
            let refused = pair.server.refusedCertificate
            #expect(refused.map { $0.validity(at: Int(Date.now.timeIntervalSince1970)) } == (identity == nil ? nil : validity))
        }
    }

    @Test("What stands between a client's certificate and an authority is told, also of a session that is taken up again")
    func chain() throws {
        let root = try Made.clients.get()
        let middle = try root.intermediate()
        let certificate = try middle.client("deep", organization: "Müller, Söhne")
        let identity = try Made.identity(certificate, above: [middle.certificate])
        let trusted = try Made.certificates(root.certificate.path)
        let server = try Made.server { $0.clients = .init(authorities: trusted, isRequired: true) }
        let client = try Made.client { $0.identity = identity }
        let expected = try Made.certificates(middle.certificate.path).map(\.encoded)
        var saved: SavedSession?
        for isResumed in [false, true] {
            let pair = try Pair(Session(client, name: "site.example", resuming: saved), Session(server))
            pair.run()
            #expect(pair.server.isResumed == isResumed)
            #expect(pair.server.verifiedChain == expected)
            #expect(pair.server.peerCertificate?.subject == Array("CN=deep,O=M\\C3\\BCller\\, S\\C3\\B6hne".utf8))
            #expect(pair.server.peerCertificate == identity.chain.first)
            saved = pair.client.saved
            #expect(saved != nil)
        }
    }

    @Test("A client's certificate is checked again after a while, however often its session is taken up again")
    func clientLifetime() throws {
        let clock = Clock()
        let keys = TicketKeys { clock.seconds }
        let authority = try Made.clients.get()
        let trusted = try Made.certificates(authority.certificate.path)
        let server = try Made.server(keys) { $0.clients = .init(authorities: trusted, isRequired: true) }
        let identity = try Made.identity(try authority.client("good"))
        let client = try Made.client { $0.identity = identity }
        var saved: SavedSession?
        for (seconds, isResumed) in [(0, false), (100, true), (200, true), (300, true), (301, false), (600, true), (700, false)] {
            clock.seconds = seconds
            let pair = try Pair(Session(client, name: "site.example", resuming: saved), Session(server))
            pair.run()
            #expect(pair.server.isResumed == isResumed, "after \(seconds) s")
            #expect(pair.server.peerCertificate?.subject == Array("CN=good".utf8))
            saved = pair.client.saved
        }
    }

    @Test("Nobody gets a certificate of an authority that only clients are judged by")
    func chainOfItsOwn() throws {
        let root = try Made.root.get()
        let trusted = try Made.certificates(root.certificate.path)
        let server = try Made.server { $0.clients = .init(authorities: trusted, isRequired: false) }
        let pair = try Pair(Session(try Made.client(), name: "site.example"), Session(server))
        pair.run()
        #expect(pair.client.state == .established)
        #expect(unsafe letterhead_certificate_count(SSL_get_peer_cert_chain(pair.client.handle)) == 1)
    }

    @Test("Of two certificates for one name, a client gets the one whose key it can verify", arguments: [true, false])
    func twoKinds(isRSAFirst: Bool) throws {
        let root = try Made.root.get()
        let rsa = try Made.identity(try root.site("site.example", "*.wild.example", isRSA: isRSAFirst))
        let curve = try Made.identity(try root.site("a.wild.example", "*.wild.example", "site.example", isRSA: !isRSAFirst))
        let server = try Made.server { $0.identities = [rsa, curve] }
        let wishes = [("rsa_pss_rsae_sha256", isRSAFirst), ("ecdsa_secp256r1_sha256", !isRSAFirst)]
        for (algorithm, isFirst) in wishes {
            for name in ["site.example", "b.wild.example"] {
                let pair = try Pair(Session(try Made.client(), name: name), Session(server))
                // The text is read during the call.
                let isSet = unsafe algorithm.withCString {
                    unsafe SSL_ctrl(pair.client.handle, SSL_CTRL_SET_SIGALGS_LIST, 0, UnsafeMutableRawPointer(mutating: $0))
                }
                #expect(isSet == 1)
                pair.run()
                #expect(pair.client.state == .established, "\(algorithm): \(pair.client.state)")
                #expect(pair.client.peerCertificate == (isFirst ? rsa : curve).chain.first, "\(algorithm) \(name)")
            }
        }
    }

    @Test("A certificate of another kind serves nobody who asks for a name that only the earlier one has")
    func otherNames() throws {
        let root = try Made.root.get()
        let curve = try Made.identity(try root.site("site.example"))
        for first in [
            try root.site("*.site.example", "site.example", isRSA: true), try root.site("site.example", "127.0.0.1", isRSA: true),
        ] {
            let rsa = try Made.identity(first)
            let server = try Made.server { $0.identities = [rsa, curve] }
            for name in ["www.site.example", "site.example", "127.0.0.1"] {
                let pair = try Pair(Session(try Made.client { $0.authorities = .none }, name: name), Session(server))
                pair.run()
                #expect(pair.client.peerCertificate == rsa.chain.first, "\(name)")
            }
            #expect(server.unused.map(\.identity) == [1])
        }
    }

    @Test("Sessions are taken up again after a reload and while their key lives, and under the same rules only")
    func tickets() throws {
        let clock = Clock()
        let keys = TicketKeys { clock.seconds }
        let client = try Made.client()
        func meet(_ server: ServerContext, _ saved: SavedSession?) throws -> Pair {
            let pair = try Pair(Session(client, name: "site.example", resuming: saved), Session(server))
            pair.run()
            #expect(pair.server.state == .established)
            return pair
        }
        let first = try meet(try Made.server(keys), nil)
        #expect(!first.server.isResumed)
        var saved = first.client.saved
        // Another context with the same keys, as after a reload.
        let again = try meet(try Made.server(keys), saved)
        #expect(again.server.isResumed)
        #expect(unsafe again.client.saved?.handle != saved?.handle, "a ticket is for one use, and another came")
        saved = again.client.saved
        // The key no longer seals, but still opens.
        clock.seconds = TicketKeys.lifetime + 1
        let late = try meet(try Made.server(keys), saved)
        #expect(late.server.isResumed)
        // Sealed with the new key now; the old one is gone.
        let newest = late.client.saved
        clock.seconds = 2 * TicketKeys.lifetime + 1
        #expect(try !meet(try Made.server(keys), saved).server.isResumed)
        #expect(try meet(try Made.server(keys), newest).server.isResumed)
        #expect(try !meet(try Made.server(TicketKeys { 0 }), newest).server.isResumed)
        #expect(try !meet(try Made.server(keys) { $0.scope = "another listener" }, newest).server.isResumed)
    }

    @Test("A key that is not the certificate's is an error, with the place") func otherKey() throws {
        var identity = try Made.site.get()
        identity.key = try Made.blog.get().key
        #expect(!identity.key.fits(identity.chain[0]))
        let good = try Made.site.get()
        #expect(throws: ServerContext.IdentityError(index: 1, error: .otherKey)) {
            try Made.server { $0.identities = [good, identity] }
        }
    }

    @Test("What is no certificate or key is none") func damaged() throws {
        #expect(TLS.Certificate.all(inPEM: []) == [])
        #expect(TLS.Certificate.all(inPEM: Array("hello".utf8)) == [])
        #expect(TLS.Certificate.all(inPEM: Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8)) == nil)
        #expect(PrivateKey(inPEM: []) == nil)
        #expect(PrivateKey(inPEM: Array("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".utf8)) == nil)
        let key = try Made.root.get().certificate.key
        try openssl(["pkcs8", "-topk8", "-in", key, "-out", key + ".encrypted", "-passout", "pass:x"])
        #expect(PrivateKey(inPEM: try Made.bytes(key + ".encrypted")) == nil)
    }
}

/// Seconds that a test sets.
private final class Clock: @unchecked Sendable { var seconds = 0 }
