import EventLoop
import HeaderPolicy
import ProxyConfig
import ProxyCore
import ProxyTransport
import Synchronization

/// The source of a configuration, which is read at the start and at every reload.
enum ConfigurationSource: Sendable {
    case file(String)
    case text(String, name: String)

    /// The result of one reading, with the files that it depends on.
    struct Reading: Sendable {
        var outcome: ConfigurationLoader.Outcome
        var files: [String: FileWatch.Digest]
        /// What was read of the certificates and keys; nil where the configuration itself has errors.
        fileprivate(set) var certificates: CertificateFiles?

        /// Returns what the server needs to serve this configuration.
        ///
        /// - Throws: all findings, if there was an error among them.
        func provision() throws(ConfigurationErrors) -> Provision {
            let compiled = try outcome.compiled()
            do throws(PolicyErrors) {
                return try Provision(compiled, certificates)
            } catch {
                throw ConfigurationErrors(
                    error.errors.map { Diagnostic(.error, $0.message, at: $0.location, suggestion: $0.suggestion) })
            }
        }
    }

    /// - Parameter waits: whether standard input and what a shell hands over may be waited for, as at the start.
    func read(waits: Bool) -> Reading {
        let read = ReadFiles()
        var loader = ConfigurationLoader.standard
        // A terminal gets the text format, which is easier to read; other outputs get the default one.
        if Terminal.isOne { loader.accessLog = .text }
        let standard = loader.readFile
        loader.readFile = { path in
            read.add(path, nil)
            let bytes = try waits ? standard(path) : SystemFile.bytes(path)
            read.add(path, FileWatch.digest(of: bytes))
            return bytes
        }
        loader.verify = { read.verify($0) }
        let outcome = outcome(of: loader)
        return Reading(outcome: outcome, files: read.files, certificates: read.certificates)
    }

    private func outcome(of loader: ConfigurationLoader) -> ConfigurationLoader.Outcome {
        switch self {
        case .file(let path): loader.read(path: path)
        case .text(let text, let name): loader.read(text: text, file: name)
        }
    }
}

/// The files that a loader has read.
private final class ReadFiles: Sendable {
    private let found = Mutex<[String: FileWatch.Digest]>([:])
    private let verified = Mutex<CertificateFiles?>(nil)

    func add(_ path: String, _ digest: FileWatch.Digest) {
        // A file that a shell hands over as a descriptor can be read only once, and cannot be watched.
        guard !SystemFile.isDescriptor(path) else { return }
        found.withLock { $0[path] = .some(digest) }
    }

    /// Reads the certificates, and keeps them for the server.
    func verify(_ configuration: Configuration) -> (errors: [PolicyError], warnings: [PolicyError]) {
        // First, so that whoever watches sees a file that changes while it is read.
        for path in Self.certificateFiles(of: configuration) { add(path, FileWatch.digest(of: path)) }
        let files = CertificateFiles(configuration)
        verified.withLock { $0 = files }
        return (files.errors, files.warnings)
    }

    private static func certificateFiles(of configuration: Configuration) -> Set<String> {
        var paths: Set<String> = []
        for tls in configuration.listeners.compactMap(\.tls) {
            for certificate in tls.certificates { paths.formUnion([certificate.certificate.value, certificate.key.value]) }
            if let authorities = tls.clientCertificates?.authorities { paths.insert(authorities.value) }
        }
        for tls in configuration.upstreams.compactMap(\.tls) {
            paths.formUnion([tls.authorities, tls.certificate, tls.key].compactMap { $0?.value })
        }
        return paths
    }

    var files: [String: FileWatch.Digest] { found.withLock { $0 } }
    var certificates: CertificateFiles? { verified.withLock { $0 } }
}
