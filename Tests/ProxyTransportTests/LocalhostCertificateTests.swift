import TLS
import Testing

@testable import ProxyTransport

/// The certificate of a development server.
@Suite struct LocalhostCertificateTests {
    private static let day = 86_400

    @Test func isForThisMachineAlone() throws {
        let made = try #require(LocalhostCertificate.make())
        let certificate = try #require(Certificate.all(inPEM: made.certificate)?.first)
        #expect(certificate.names == ["localhost", "*.localhost"])
        #expect(try #require(PrivateKey(inPEM: made.key)).fits(certificate))
        #expect(Certificate.all(inPEM: made.key) == [] && PrivateKey(inPEM: made.certificate) == nil, "each in its own file")
        #expect(try #require(LocalhostCertificate.make()).certificate != made.certificate)
    }

    /// One that was kept is used again as long as it is good for a while.
    @Test func isKept() throws {
        let made = try #require(LocalhostCertificate.make())
        let other = try #require(LocalhostCertificate.make())
        let start = try #require(Certificate.all(inPEM: made.certificate)?.first).notBefore
        func isGood(_ certificate: [UInt8], _ key: [UInt8], days: Int) -> Bool {
            LocalhostCertificate(kept: certificate, key: key, now: start + days * Self.day) != nil
        }
        for (days, expected) in [(-1, false), (1, true), (760, true), (790, false), (900, false)] {
            #expect(isGood(made.certificate, made.key, days: days) == expected, "day \(days)")
        }
        #expect(!isGood(made.certificate, other.key, days: 1) && !isGood([], made.key, days: 1))
        #expect(!isGood(made.certificate, Array("nonsense".utf8), days: 1))
    }
}
