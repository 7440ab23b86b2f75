import HTTPModel
import NIOSSL
import ProxyCore

/// What a client's certificate and those above it come to, as they are checked.
final class ClientCertificate {
    /// As they were checked: from the authority down, some of them more than once.
    private var seen: [NIOSSLCertificate] = []
    /// Nothing was checked: the session is a resumed one, or the client showed nothing.
    var isEmpty: Bool { seen.isEmpty }
    /// The one that was refused.
    private(set) var refused: NIOSSLCertificate?

    func check(_ result: NIOSSLVerificationResult, _ certificate: NIOSSLCertificate) -> NIOSSLVerificationResult {
        if result == .failed, refused == nil { refused = certificate }
        if !seen.contains(certificate) { seen.append(certificate) }
        return result
    }

    /// The value of `Client-Cert-Chain` (RFC 9440 §2.3): what leads from the client's certificate to an authority, both left
    /// out, in the order of TLS. Empty where there is nothing between them.
    func chain(above leaf: NIOSSLCertificate, authorities: [NIOSSLCertificate]) -> [UInt8] {
        var value: [UInt8] = []
        for certificate in seen.reversed() where certificate != leaf && !authorities.contains(certificate) {
            guard let encoded = Self.encoded(certificate) else { continue }
            if !value.isEmpty { value.append(text: ", ") }
            value.append(copying: encoded.span)
        }
        // Apps limit their header fields; a chain of this length helps nobody.
        return value.count <= 16 << 10 ? value : []
    }

    /// A certificate as a byte sequence of a structured field (RFC 9440 §2.1).
    static func encoded(_ certificate: NIOSSLCertificate) -> [UInt8]? {
        guard let bytes = try? certificate.toDERBytes() else { return nil }
        var value: [UInt8] = [0x3A]
        value.append(base64: bytes)
        value.append(0x3A)
        return value
    }

    /// Why a certificate was refused, in a word.
    static func fault(of certificate: NIOSSLCertificate, now: Int) -> String {
        if Int(certificate.notValidAfter) < now { return "expired" }
        if Int(certificate.notValidBefore) > now { return "not_yet_valid" }
        return "untrusted"
    }

    /// The subject as RFC 4514 writes it: the most specific part first.
    static func subject(of certificate: NIOSSLCertificate) -> [UInt8] {
        var text = ""
        for part in certificate.subjectName.reversed() {
            guard let name = names[part.type] else { continue }
            if !text.isEmpty { text += "," }
            text += "\(name)=\(escaped(part.value))"
        }
        return Fields.isValue(text.utf8.span) ? Array(text.utf8) : []
    }

    private static let names: [SSLCertificateNameType: String] = [
        .commonName: "CN", .organization: "O", .organizationalUnit: "OU", .country: "C", .state: "ST", .city: "L",
        .emailAddress: "emailAddress", .userId: "UID",
    ]

    /// RFC 4514 §2.4. What is no ASCII, and what no field may carry, is written in hexadecimal.
    private static func escaped(_ value: String) -> String {
        var text = ""
        let last = value.utf8.count - 1
        for (index, byte) in value.utf8.enumerated() {
            switch byte {
            case 0x22, 0x2B, 0x2C, 0x3B, 0x3C, 0x3E, 0x5C: text += "\\" + String(Unicode.Scalar(byte))
            case 0x20 where index == 0 || index == last, 0x23 where index == 0: text += "\\" + String(Unicode.Scalar(byte))
            case 0x20...0x7E: text += String(Unicode.Scalar(byte))
            default: text += (byte < 16 ? "\\0" : "\\") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }
}

/// Makes the TLS handler of a connection. The library tells no newer callback the chain that it has checked by itself, only
/// the one that it calls old; this is the one place that calls it.
protocol MakesCheckedHandler {
    static func handler(context: NIOSSLContext, checking client: ClientCertificate) throws -> NIOSSLServerHandler
}

enum CheckedHandler: MakesCheckedHandler {
    @available(*, deprecated, message: "by way of `MakesCheckedHandler`")
    static func handler(context: NIOSSLContext, checking client: ClientCertificate) throws -> NIOSSLServerHandler {
        try NIOSSLServerHandler(context: context, verificationCallback: client.check)
    }

    static var maker: any MakesCheckedHandler.Type { CheckedHandler.self }
}
