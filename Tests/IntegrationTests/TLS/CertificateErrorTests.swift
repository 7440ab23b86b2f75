import Foundation
import TestSupport
import Testing

/// Certificates and keys that cannot be used are errors of the configuration: place, file, reason.
@Suite struct CertificateErrorTests {
    struct Example: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Of the certificate, `C` and `K` standing for the good files; the column of the complaint; what it says.
        var certificate: String
        var key: String
        var column: Int
        var expected: String
    }

    static let good = Result { try Secured.authority.get().site("good.example") }
    static let other = Result { try Secured.authority.get().site("other.example") }

    static func write(_ text: String) throws -> String {
        let path = Places.scratch("made.pem")
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    static func check(_ certificate: String, _ key: String, more: String = "") throws -> Finished {
        let file = try write(
            """
            listen:
              - bind: 127.0.0.1:0
                tls:
                  certificates:
                    - certificate: \(certificate)
                      key: \(key)
            \(more)
            upstreams: { app: http://127.0.0.1:1 }
            """)
        return try run(Places.letterhead, ["check", "--config", file])
    }

    @Test(arguments: [
        "missing", "folder", "empty", "nonsense", "key instead", "damaged", "no key", "certificate instead", "encrypted",
        "encrypted, old form", "damaged key", "other key", "DER", "unreadable ca", "empty ca",
    ])
    func loadErrors(_ kind: String) throws {
        let (good, other) = (try Self.good.get(), try Self.other.get())
        var (certificate, key, more) = (good.path, good.key, "")
        var (line, expected) = (5, "")
        switch kind {
        case "missing": (certificate, expected) = ("nowhere.pem", "nowhere.pem`: No such file or directory")
        case "folder": (certificate, expected) = (Places.repository, "`: Is a directory")
        case "empty": (certificate, expected) = (try Self.write(""), "no PEM block found in `")
        case "nonsense":
            (certificate, expected) = (try Self.write("\u{1}x\n"), "a certificate begins with `-----BEGIN CERTIFICATE-----`")
        case "key instead": (certificate, expected) = (good.key, "but a block `PRIVATE KEY`")
        case "damaged":
            let text = try String(contentsOfFile: good.path, encoding: .utf8)
            (certificate, expected) = (try Self.write(text.replacing("MII", with: "AAA")), "is damaged")
        case "DER":
            let path = Places.scratch("site.der")
            try openssl(["x509", "-in", good.path, "-outform", "DER", "-out", path])
            (certificate, expected) = (path, "`-outform PEM`")
        case "no key": (key, line, expected) = ("nowhere.key", 6, "nowhere.key`: No such file")
        case "certificate instead": (key, line, expected) = (good.path, 6, "there is no private key in")
        case "encrypted", "encrypted, old form":
            let path = Places.scratch("encrypted.key")
            try openssl(
                (kind == "encrypted" ? ["pkcs8", "-topk8"] : ["ec", "-aes128"])
                    + ["-in", good.key, "-out", path, "-passout", "pass:x"])
            (key, line, expected) = (path, 6, "is encrypted")
        case "damaged key":
            (key, line, expected) = (
                try Self.write("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), 6, "is damaged"
            )
        case "other key":
            (key, line, expected) = (other.key, 6, "the key in `\(other.key)` does not match the certificate in `\(good.path)`")
        case "unreadable ca":
            (more, line, expected) = ("      client_certificates: { ca: nowhere.pem }", 7, "nowhere.pem`: No such file")
        default: (more, line, expected) = ("      client_certificates: { ca: \(try Self.write("")) }", 7, "no PEM block found")
        }
        let finished = try Self.check(certificate, key, more: more)
        #expect(finished.status == 2, "\(finished)")
        let column = [5: 24, 6: 16, 7: 34][line] ?? 0
        #expect(
            finished.errors.contains(":\(line):\(column): error: ") && finished.errors.contains(expected), "\(finished.errors)")
        #expect(finished.errors.contains("^~~"), "\(finished.errors)")
    }

    /// Relative to the configuration; an expired one serves, with a warning: not to start would be worse.
    @Test func goodOnes() throws {
        let good = try Self.good.get()
        #expect(try Self.check((good.path as NSString).lastPathComponent, (good.key as NSString).lastPathComponent).status == 0)
        let combined = try Self.write(
            try String(contentsOfFile: good.path, encoding: .utf8) + String(contentsOfFile: good.key, encoding: .utf8))
        #expect(try Self.check(combined, combined).status == 0)
        let late = try Secured.authority.get().site("late.example", expired: true)
        #expect(try Self.check(late.path, late.key).status == 0)
    }

    /// Of two certificates for one name only keys of different kinds make a choice.
    @Test func certificatesThatNobodyGets() throws {
        let good = try Self.good.get()
        for (isRSA, isSaid) in [(false, true), (true, false)] {
            let again = try Secured.authority.get().site("good.example", isRSA: isRSA)
            let more = "        - { certificate: \(again.path), key: \(again.key) }"
            let checked = try Self.check(good.path, good.key, more: more)
            let warning =
                ":7:26: warning[LH002]: no client gets the certificate in `\(again.path)`: for its names, the one in `\(good.path)`"
            #expect(checked.status == 0 && checked.errors.contains(warning) == isSaid, "\(checked)")
        }
    }
}
