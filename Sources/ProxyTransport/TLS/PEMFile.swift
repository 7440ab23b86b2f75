import HeaderPolicy
import NIOCore
import NIOSSL
import ProxyCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Files of certificates and keys. What is wrong with one is said in words, with its name.
enum PEMFile {
    static func certificates(_ file: Located<String>) throws(ConfigurationFault) -> [NIOSSLCertificate] {
        let bytes = try read(file)
        let found: [NIOSSLCertificate]
        do {
            found = try NIOSSLCertificate.fromPEMBytes(bytes)
        } catch {
            throw fault(file, lacks: "CERTIFICATE", bytes)
        }
        guard !found.isEmpty else { throw fault(file, lacks: "CERTIFICATE", bytes) }
        return found
    }

    static func privateKey(_ file: Located<String>) throws(ConfigurationFault) -> NIOSSLPrivateKey {
        let bytes = try read(file)
        if contains(bytes, "ENCRYPTED") {
            throw ConfigurationFault(
                "the key in `\(file.value)` is encrypted", at: file.location,
                suggestion: "decrypt it: openssl pkey -in \(file.value) -out key.pem")
        }
        do {
            return try NIOSSLPrivateKey(bytes: bytes, format: .pem)
        } catch {
            throw fault(file, lacks: "PRIVATE KEY", bytes)
        }
    }

    /// Files of certificates are small; what is larger is something else.
    private static let sizeLimit = 4 << 20

    private static func read(_ file: Located<String>) throws(ConfigurationFault) -> [UInt8] {
        // The path is copied by the call.
        let descriptor = unsafe open(file.value, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(file, errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            // The buffer outlives the call, which writes at most its size.
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(file, errno) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= sizeLimit else {
                throw ConfigurationFault("`\(file.value)` is too large for a PEM file", at: file.location)
            }
        }
    }

    private static func unreadable(_ file: Located<String>, _ number: Int32) -> ConfigurationFault {
        // The text is copied before the next call could change it.
        let why = unsafe String(cString: strerror(number)).lowercased()
        return ConfigurationFault("cannot read `\(file.value)`: \(why)", at: file.location)
    }

    private static func fault(_ file: Located<String>, lacks block: String, _ bytes: [UInt8]) -> ConfigurationFault {
        let what = block == "CERTIFICATE" ? "certificate" : "private key"
        guard contains(bytes, "-----BEGIN ") else {
            return ConfigurationFault(
                "`\(file.value)` is not a PEM file", at: file.location,
                suggestion: "it has lines like -----BEGIN \(block)-----; convert DER with openssl")
        }
        guard contains(bytes, "\(block)-----") else {
            return ConfigurationFault("there is no \(what) in `\(file.value)`", at: file.location)
        }
        return ConfigurationFault("the \(what) in `\(file.value)` is damaged", at: file.location)
    }

    private static func contains(_ bytes: [UInt8], _ text: String) -> Bool {
        String(decoding: bytes, as: UTF8.self).contains(text)
    }
}
