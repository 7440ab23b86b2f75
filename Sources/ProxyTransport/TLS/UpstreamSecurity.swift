import HTTPModel
public import HeaderPolicy
import NIOCore
import NIOSSL
public import ProxyCore

/// TLS towards one upstream, ready for use by every event loop: certificates and keys are read once.
struct UpstreamSecurity: Sendable {
    private let context: NIOSSLContext
    private let serverName: String?
    private let verifies: Bool
    /// The protocol that has to be agreed on; nil is content with HTTP/1.1.
    let requiredProtocol: String?

    /// Nil for an upstream without TLS. Throws the fault of a file.
    init?(_ upstream: Upstream) throws(PolicyErrors) {
        guard let tls = upstream.tls else { return nil }
        serverName = tls.serverName
        verifies = tls.verifies
        requiredProtocol = upstream.scheme.isHTTP2 ? "h2" : nil
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = tls.minimumVersion == .tls13 ? .tlsv13 : .tlsv12
        configuration.applicationProtocols = [requiredProtocol ?? "http/1.1"]
        configuration.certificateVerification = tls.verifies ? .fullVerification : .none
        var faults: [PolicyError] = []
        if let file = tls.authorities {
            do throws(PolicyError) {
                configuration.trustRoots = .certificates(try PEMFile.certificates(file))
            } catch { faults.append(error) }
        }
        if let file = tls.certificate {
            do throws(PolicyError) {
                configuration.certificateChain = try PEMFile.certificates(file).map { .certificate($0) }
            } catch { faults.append(error) }
        }
        if let file = tls.key {
            do throws(PolicyError) {
                configuration.privateKey = .privateKey(try PEMFile.key(file))
            } catch { faults.append(error) }
        }
        guard faults.isEmpty else { throw PolicyErrors(faults) }
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            let place = tls.certificate ?? tls.authorities
            let what = place.map { "`\($0.value)` cannot be used" } ?? "TLS cannot be set up"
            // The key itself has been read.
            let isMismatch = tls.key != nil && error as? NIOSSLError == .failedToLoadPrivateKey
            let why = isMismatch ? "the certificate is for another key" : TLSFailure.words(error)
            throw PolicyErrors([PolicyError("\(what): \(why)", at: place?.location ?? tls.location)])
        }
    }

    /// The handler of a connection to a server. Its name is verified, and asked for unless it is an address.
    func handler(for target: SocketTarget) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: context, serverHostname: name(of: target))
    }

    /// The name that the certificate has to have; nil where the library's own check is enough.
    func requiredName(of target: SocketTarget) -> String? { verifies ? name(of: target) : nil }

    private func name(of target: SocketTarget) -> String? {
        if let serverName { return serverName }
        guard case .tcp(let host, _) = target, IPAddress(host.utf8.span) == nil else { return nil }
        return host
    }
}

/// Looks at the files of certificates and keys that a configuration names.
public enum CertificateFiles {
    /// What is wrong with them, and what is only doubtful, each with its place in the configuration.
    public static func verify(_ configuration: Configuration) -> (errors: [PolicyError], warnings: [PolicyError]) {
        var found = ListenerCertificates.verify(configuration)
        for upstream in configuration.upstreams {
            do throws(PolicyErrors) { _ = try UpstreamSecurity(upstream) } catch { found.errors += error.errors }
        }
        return found
    }
}
