import Foundation

/// A certificate with its key, as PEM files, made by openssl.
package struct Certificate: Sendable {
    package let path: String
    package let key: String

    package init(path: String, key: String) {
        self.path = path
        self.key = key
    }

    /// The bytes between the lines of the first PEM block, as one base64 text.
    package var base64: String {
        get throws {
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            let start = lines.firstIndex { $0.hasPrefix("-----BEGIN CERTIFICATE") } ?? 0
            return lines[(start + 1)...].prefix { !$0.hasPrefix("-----") }.joined()
        }
    }

    /// Puts this one in the place of another.
    package func install(as other: Certificate) throws {
        for (from, to) in [(path, other.path), (key, other.key)] {
            try Data(contentsOf: URL(fileURLWithPath: from)).write(to: URL(fileURLWithPath: to))
        }
    }

    /// The same files under names of their own.
    package func copy() throws -> Certificate {
        let copy = Certificate(path: Places.scratch("copy.pem"), key: Places.scratch("copy.key"))
        try install(as: copy)
        return copy
    }
}

/// Who signs the certificates of a test.
package struct CertificateAuthority: Sendable {
    package let certificate: Certificate

    /// A root.
    package init(_ name: String = "Test Root") throws {
        certificate = try Self.make(name, signedBy: nil, extensions: Self.authority)
    }

    private init(_ certificate: Certificate) { self.certificate = certificate }

    private static let authority = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"]

    /// An authority under this one.
    package func intermediate(_ name: String = "Test Intermediate") throws -> CertificateAuthority {
        CertificateAuthority(try Self.make(name, signedBy: certificate, extensions: Self.authority))
    }

    /// For a site with those names and addresses.
    package func site(_ names: String..., expired: Bool = false, isRSA: Bool = false) throws -> Certificate {
        let alternatives = names.map { $0 == "127.0.0.1" ? "IP:\($0)" : "DNS:\($0)" }.joined(separator: ",")
        return try Self.make(
            names.first ?? "site", signedBy: certificate,
            extensions: ["subjectAltName=\(alternatives)", "extendedKeyUsage=serverAuth"], expired: expired, isRSA: isRSA)
    }

    package func client(_ name: String, organization: String? = nil, expired: Bool = false) throws -> Certificate {
        try Self.make(
            name, organization: organization, signedBy: certificate, extensions: ["extendedKeyUsage=clientAuth"],
            expired: expired)
    }

    private static func make(
        _ name: String, organization: String? = nil, signedBy authority: Certificate?, extensions: [String],
        expired: Bool = false, isRSA: Bool = false
    ) throws -> Certificate {
        let made = Certificate(path: Places.scratch("certificate.pem"), key: Places.scratch("certificate.key"))
        let request = Places.scratch("request.pem")
        let subject = (organization.map { "/O=\($0)" } ?? "") + "/CN=\(name)"
        let extensionFile = Places.scratch("extensions")
        try extensions.joined(separator: "\n").write(toFile: extensionFile, atomically: true, encoding: .utf8)
        let kind = isRSA ? ["rsa:2048"] : ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        try openssl(
            ["req", "-new", "-newkey"] + kind + ["-nodes", "-utf8", "-subj", subject, "-keyout", made.key, "-out", request])
        let signer =
            authority.map { ["-CA", $0.path, "-CAkey", $0.key, "-set_serial", "\(UInt32.random(in: 1...UInt32.max))"] } ?? [
                "-signkey", made.key,
            ]
        // A negative number of days ends before it began.
        try openssl(
            ["x509", "-req", "-in", request, "-days", expired ? "-1" : "2", "-extfile", extensionFile, "-out", made.path]
                + signer)
        return made
    }
}

/// Runs openssl; it has to succeed.
@discardableResult
package func openssl(_ arguments: [String], input: [UInt8]? = nil) throws -> Finished {
    let finished = try run("openssl", arguments, input: input)
    guard finished.status == 0 else { throw Disappointment("openssl \(arguments): \(finished.errors)") }
    return finished
}
