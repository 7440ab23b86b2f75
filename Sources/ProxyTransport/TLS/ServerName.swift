import HTTPModel
import NIOSSL

/// Whether a certificate is for a host name.
///
/// The TLS library is content with a certificate for the address that was connected to. Who asks for a name means the name: an
/// address says nothing where a resolver can be lied to.
enum ServerName {
    /// True also for a certificate without any alternative name, which the library judges by its common name.
    static func isNamed(_ name: String, by certificate: NIOSSLCertificate) -> Bool {
        var hasAny = false
        for alternative in certificate._subjectAlternativeNames() {
            hasAny = true
            guard alternative.nameType == .dnsName else { continue }
            if matches(Array(alternative.contents), name) { return true }
        }
        return !hasAny
    }

    /// Without regard to case; `*.` at the start stands for one label (RFC 9525 §6.3).
    static func matches(_ pattern: [UInt8], _ name: String) -> Bool {
        var name = Array(name.utf8)
        if name.last == 0x2E { name.removeLast() }
        guard pattern.starts(with: [0x2A, 0x2E]) else { return pattern.span.equalsIgnoringCase(name.span) }
        guard let dot = name.firstIndex(of: 0x2E), dot > 0 else { return false }
        return Array(pattern[1...]).span.equalsIgnoringCase(Array(name[dot...]).span)
    }
}
