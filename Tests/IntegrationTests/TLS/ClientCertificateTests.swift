import Foundation
import TestSupport
import Testing

/// Certificates of clients: required or optional, given to the app in the fields of RFC 9440, and nobody else's claims.
@Suite struct ClientCertificateTests {
    static let clients = Result { try CertificateAuthority("Clients") }
    static let forged = ["-H", "Client-Cert: :Zm9v:", "-H", "Client-Cert-Chain: :Zm9v:", "-H", "client_cert: x"]

    static func stand(_ mode: String, forward: Bool = true, more: String = "", listeners: Int = 1) throws -> Secured {
        try Secured(
            [try TLSTests.site.get()],
            tls: """
                      client_certificates:
                        mode: \(mode)
                        ca: \(try clients.get().certificate.path)
                        forward: \(forward)
                """,
            more: more, listeners: listeners,
            rules: Policy.rules + "\n  - set: { X-Subject: \"{tls.client.subject}\" }")
    }

    static func lines(_ name: String, of response: RawResponse) -> [String] {
        response.text.split(separator: "\n").filter { $0.lowercased().hasPrefix(name.lowercased() + ":") }
            .map { String($0.dropFirst(name.count + 2)) }
    }

    @Test(arguments: [["--http2", "--tlsv1.3"], ["--http1.1", "--tls-max", "1.2"]])
    func provedCertificatesReachTheApp(_ options: [String]) throws {
        let stand = try Self.stand("required")
        let client = try Self.clients.get().client("Jane Doe, a#b", organization: "Example \"Org\"")
        let response = try stand.fetch("/", options + Self.forged + ["--cert", client.path, "--key", client.key])
        #expect(Self.lines("Client-Cert", of: response) == [":\(try client.base64):"], "\(response.text)")
        #expect(Self.lines("Client-Cert-Chain", of: response) == [])
        #expect(!response.text.contains("client_cert"))
        #expect(response.fields["x-subject"] == #"CN=Jane Doe\, a#b,O=Example \"Org\""#, "\(response)")
        Policy.expect(on: response, for: .allowedOrigin, options[0] == "--http2" ? .http2 : .http1)
    }

    /// What leads from the client's certificate to the authority goes along; also when the session is a resumed one.
    @Test func chains() throws {
        let stand = try Self.stand("required")
        let intermediate = try Self.clients.get().intermediate()
        let client = try intermediate.client("deep")
        let both = Places.scratch("chain.pem")
        let text = try [client.path, intermediate.certificate.path].map { try String(contentsOfFile: $0, encoding: .utf8) }
        try text.joined().write(toFile: both, atomically: true, encoding: .utf8)
        let response = try stand.fetch("/", ["--cert", both, "--key", client.key])
        #expect(Self.lines("Client-Cert", of: response) == [":\(try client.base64):"])
        #expect(Self.lines("Client-Cert-Chain", of: response) == [":\(try intermediate.certificate.base64):"])

        let session = Places.scratch("session")
        let base = [
            "s_client", "-connect", "127.0.0.1:\(stand.proxy.port)", "-servername", "site.example", "-ign_eof", "-tls1_2",
        ]
        let request = Array("GET / HTTP/1.1\r\nHost: site.example\r\nConnection: close\r\n\r\n".utf8)
        let identity = ["-cert", client.path, "-key", client.key, "-cert_chain", intermediate.certificate.path]
        _ = try run("openssl", base + identity + ["-sess_out", session], input: request)
        let resumed = try run("openssl", base + identity + ["-sess_in", session], input: request)
        #expect(resumed.text.contains("Reused, TLSv1.2"))
        #expect(resumed.text.contains("Client-Cert: :\(try client.base64):"), "\(resumed.text)")
        #expect(resumed.text.contains("Client-Cert-Chain: :\(try intermediate.certificate.base64):"))
    }

    /// Without a certificate: fine where it is optional, and whatever the client claims is gone; on a plain listener too.
    @Test func claimsAreRemoved() throws {
        let stand = try Self.stand("optional", more: "  - { bind: 127.0.0.1:0 }", listeners: 2)
        for response in [
            try stand.fetch("/", Self.forged), try stand.fetch("/", ["--http1.1"] + Self.forged),
            try TestSupport.fetch("http://127.0.0.1:\(stand.proxy.ports[1])/", .http1, Self.forged),
            try TestSupport.fetch("http://127.0.0.1:\(stand.proxy.ports[1])/", .http2, Self.forged),
        ] {
            #expect(response.status == 200 && !response.text.lowercased().contains("client-cert"), "\(response.text)")
            #expect(response.fields["x-subject"] == nil)
        }
        let client = try Self.clients.get().client("optional")
        let response = try stand.fetch("/", ["--cert", client.path, "--key", client.key])
        #expect(Self.lines("Client-Cert", of: response) == [":\(try client.base64):"])
    }

    @Test func nothingIsForwardedUnlessWanted() throws {
        let stand = try Self.stand("required", forward: false)
        let client = try Self.clients.get().client("quiet")
        let response = try stand.fetch("/", Self.forged + ["--cert", client.path, "--key", client.key])
        #expect(!response.text.lowercased().contains("client-cert") && response.fields["x-subject"] == "CN=quiet")
    }

    @Test(arguments: ["none", "expired", "untrusted"], ["1.2", "1.3"])
    func badCertificatesAreRefused(_ kind: String, _ version: String) throws {
        let stand = try Self.stand(kind == "none" ? "required" : "optional")
        let client: Certificate? =
            switch kind {
            case "expired": try Self.clients.get().client("late", expired: true)
            case "untrusted": try Secured.authority.get().client("stranger")
            default: nil
            }
        let identity = client.map { ["--cert", $0.path, "--key", $0.key] } ?? []
        let result = try stand.curl("/", identity + ["--tls-max", version])
        #expect([35, 56, 60].contains(result.exitCode) && result.response == nil, "\(result)")
        let alert =
            switch (kind, version) {
            // So curl says it.
            case ("expired", "1.2"): "SSL certificate verification failed"
            case ("expired", _): "certificate expired"
            case ("untrusted", _): "unknown ca"
            case (_, "1.3"): "certificate required"
            default: "handshake failure"
            }
        #expect(result.errors.contains(alert), "\(result)")
        if kind == "none" {
            #expect(try stand.failure("peer_did_not_return_a_certificate")["server_name"] == "site.example")
        } else {
            let entry = try stand.failure("certificate_verify_failed")
            #expect(
                entry["client_certificate"] == kind
                    && entry["certificate_subject"] == (kind == "expired" ? "CN=late" : "CN=Test Root"))
        }
        // The next one is served.
        let good = try Self.clients.get().client("good")
        #expect(try stand.fetch("/", ["--cert", good.path, "--key", good.key]).status == 200)
    }
}
