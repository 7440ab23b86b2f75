import HTTPModel
import HeaderPolicy
import NIOSSL
import ProxyCore

/// A certificate of a listener, ready to serve.
struct ServerCertificate: Sendable {
    let context: NIOSSLContext
    /// The names that it is for, in lower case; `*.example.com` is for one label.
    let names: [String]
    /// The second since 1970 in which it expires.
    let notAfter: Int
    /// It is not valid now: clients will refuse it.
    let warning: PolicyError?

    /// Mozilla's "intermediate" suites, without those for finite-field Diffie-Hellman. TLS 1.3 has its own.
    private static let suites = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ].joined(separator: ":")

    init(_ source: ListenerCertificate, of tls: ListenerTLS, authorities: [NIOSSLCertificate]) throws(PolicyError) {
        let chain = try PEMFile.certificates(source.certificate)
        let key = try PEMFile.key(source.key)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = tls.minimumVersion == .tls13 ? .tlsv13 : .tlsv12
        configuration.cipherSuites = Self.suites
        configuration.applicationProtocols = ["h2", "http/1.1"]
        if let clients = tls.clientCertificates {
            configuration.trustRoots = .certificates(authorities)
            configuration.sendCANameList = true
            configuration.certificateVerification = clients.mode == .required ? .noHostnameVerification : .optionalVerification
        }
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw PolicyError(
                "the key in `\(source.key.value)` does not match the certificate in `\(source.certificate.value)`",
                at: source.key.location,
                suggestion: chain.count > 1 ? "the site's own certificate stands first in its file" : nil)
        }
        names = Self.names(of: chain[0])
        notAfter = Int(chain[0].notValidAfter)
        warning = Self.warning(about: chain[0], source.certificate)
    }

    private static func names(of certificate: NIOSSLCertificate) -> [String] {
        let alternatives = certificate._subjectAlternativeNames().filter { $0.nameType == .dnsName }
        let names = alternatives.map { String(decoding: Array($0.contents), as: UTF8.self).lowercased() }
        guard names.isEmpty else { return names }
        return certificate.subjectName.filter { $0.type == .commonName }.map { $0.value.lowercased() }
    }

    private static func warning(about certificate: NIOSSLCertificate, _ path: Located<String>) -> PolicyError? {
        let now = WallClock.unixSeconds()
        let day = { (seconds: Int) in String(decoding: HTTPDate.bytes(unixSeconds: seconds), as: UTF8.self) }
        if Int(certificate.notValidAfter) < now {
            let end = day(Int(certificate.notValidAfter))
            return PolicyError("the certificate in `\(path.value)` expired on \(end)", at: path.location)
        }
        if Int(certificate.notValidBefore) > now {
            let start = day(Int(certificate.notValidBefore))
            return PolicyError("the certificate in `\(path.value)` is not valid before \(start)", at: path.location)
        }
        return nil
    }
}
