import HTTPModel
import HeaderPolicy
import NIOSSL
import ProxyCore
import Synchronization

/// The certificates of one listener as they were last read.
struct ListenerCertificates: Sendable {
    let source: ListenerTLS
    let certificates: [ServerCertificate]
    /// Those that may have signed a client's certificate.
    let authorities: [NIOSSLCertificate]
    private var byName: [String: Int] = [:]

    /// Reads them all.
    init(_ source: ListenerTLS) throws(PolicyErrors) {
        var errors: [PolicyError] = []
        var authorities: [NIOSSLCertificate] = []
        if let clients = source.clientCertificates {
            do throws(PolicyError) { authorities = try PEMFile.certificates(clients.authorities) } catch { errors.append(error) }
        }
        var certificates: [ServerCertificate] = []
        for certificate in source.certificates {
            do throws(PolicyError) {
                certificates.append(try ServerCertificate(certificate, of: source, authorities: authorities))
            } catch {
                errors.append(error)
            }
        }
        guard errors.isEmpty else { throw PolicyErrors(errors) }
        self.source = source
        self.certificates = certificates
        self.authorities = authorities
        for (index, certificate) in certificates.enumerated() {
            for name in certificate.names where byName[name] == nil { byName[name] = index }
        }
    }

    /// What a client that asks for that name gets; nil refuses it.
    func certificate(for serverName: [UInt8]) -> ServerCertificate? {
        let name = String(decoding: serverName, as: UTF8.self)
        if let index = byName[name] ?? byName[Self.wildcard(of: name)] { return certificates[index] }
        return source.strictSNI ? nil : certificates.first
    }

    static func wildcard(of name: String) -> String { "*" + (name.firstIndex(of: ".").map { name[$0...] } ?? "") }

    /// What is wrong with the certificates that a configuration names, and what is only doubtful.
    static func verify(_ configuration: Configuration) -> (errors: [PolicyError], warnings: [PolicyError]) {
        var found: (errors: [PolicyError], warnings: [PolicyError]) = ([], [])
        for tls in configuration.listeners.compactMap(\.tls) {
            do throws(PolicyErrors) {
                found.warnings += try ListenerCertificates(tls).certificates.compactMap(\.warning)
            } catch {
                found.errors += error.errors
            }
        }
        return found
    }
}

/// A TLS listener's certificates under one configuration, and what is remembered of the clients that showed theirs.
final class CurrentCertificates: Sendable {
    let value: ListenerCertificates

    init(_ certificates: ListenerCertificates) { value = certificates }

    // MARK: The chains of resumed sessions

    /// What stood above the certificates of clients, by those: a resumed session names the client's own alone.
    private let chains = Mutex<[[UInt8]: [UInt8]]>([:])
    private static let chainLimit = 4096

    func remember(chain: [UInt8], of certificate: [UInt8]) {
        chains.withLock {
            if $0.count >= Self.chainLimit { $0.removeAll(keepingCapacity: true) }
            $0[certificate] = chain
        }
    }

    func chain(of certificate: [UInt8]) -> [UInt8] { chains.withLock { $0[certificate] ?? [] } }
}
