import EventLoop
import HTTPModel
import HeaderPolicy
import TLS

/// Reads certificates and keys from PEM files, and describes in words what is wrong with them.
enum PEMFile {
    /// The most bytes that a file may have.
    private static let limit = 4 << 20

    /// Returns the certificates of a file, at least one.
    static func certificates(_ path: Located<String>) throws(PolicyError) -> [Certificate] {
        let bytes = try contents(path)
        try require("CERTIFICATE", in: bytes, path)
        guard let certificates = Certificate.all(inPEM: bytes), !certificates.isEmpty else {
            throw PolicyError("a certificate in `\(path.value)` is damaged: it cannot be read", at: path.location)
        }
        return certificates
    }

    static func key(_ path: Located<String>) throws(PolicyError) -> PrivateKey {
        let bytes = try contents(path)
        let blocks = try require("PRIVATE KEY", in: bytes, path)
        guard !blocks.contains(where: { $0.contains(text: "ENCRYPTED") }),
            bytes.range(ofFirst: "Proc-Type: 4,ENCRYPTED".utf8) == nil
        else {
            throw PolicyError(
                "the key in `\(path.value)` is encrypted, and there is nobody to type its password", at: path.location,
                suggestion: "decrypt it with `openssl pkey -in FILE -out PLAIN` and let only the proxy's user read it")
        }
        guard let key = PrivateKey(inPEM: bytes) else {
            throw PolicyError(
                "the key in `\(path.value)` is damaged, or of a kind that is not known: it cannot be read", at: path.location)
        }
        return key
    }

    /// Checks that there is a block whose label ends with `label`; returns the labels of all blocks.
    @discardableResult
    private static func require(
        _ label: String, in bytes: [UInt8], _ path: Located<String>
    ) throws(PolicyError) -> [String] {
        let marks = bytes.split { $0 == 0x0A || $0 == 0x0D }.filter { $0.starts(with: "-----BEGIN ".utf8) }
        let labels = marks.map { String(decoding: $0.dropFirst(11).prefix { $0 != 0x2D }, as: UTF8.self) }
        if labels.contains(where: { $0.hasSuffix(label) }) { return labels }
        let what = label == "CERTIFICATE" ? "certificate" : "private key"
        if let other = labels.first {
            throw PolicyError("there is no \(what) in `\(path.value)`, but a block `\(other)`", at: path.location)
        }
        throw PolicyError(
            "no PEM block found in `\(path.value)`: a \(what) begins with `-----BEGIN \(label)-----`", at: path.location,
            suggestion: bytes.first == 0x30 ? "it looks like DER: `openssl` writes PEM with `-outform PEM`" : nil)
    }

    private static func contents(_ path: Located<String>) throws(PolicyError) -> [UInt8] {
        do throws(SystemFile.Failure) {
            // Opening must not wait for the other end of a pipe.
            return try SystemFile.bytes(path.value, limit: limit, waits: false)
        } catch {
            guard !error.isTooLarge else {
                throw PolicyError("`\(path.value)` is larger than any certificate: \(limit >> 20) MB", at: path.location)
            }
            throw PolicyError(
                "cannot read `\(path.value)`: \(error)", at: path.location,
                suggestion: path.value.hasPrefix("/") ? nil : "the path counts from the folder of this file")
        }
    }
}
