import HTTPModel
package import HeaderPolicy
package import ProxyCore
import TLS

/// TLS towards one upstream, ready for use by every event loop: certificates and keys are read once.
struct UpstreamSecurity: Sendable {
    private let context: ClientContext
    private let serverName: String?
    private let verifies: Bool
    /// The protocol that has to be agreed on; nil is content with HTTP/1.1.
    let requiredProtocol: String?

    /// Nil for an upstream without TLS. Throws the faults of files.
    init?(_ upstream: Upstream) throws(PolicyErrors) {
        guard let tls = upstream.tls else { return nil }
        serverName = tls.serverName
        verifies = tls.verifies
        requiredProtocol = upstream.scheme.isHTTP2 ? "h2" : nil
        var settings = ClientContext.Settings()
        settings.oldestVersion = tls.minimumVersion == .tls13 ? .tls13 : .tls12
        settings.protocols = [requiredProtocol ?? "http/1.1"]
        if !tls.verifies { settings.authorities = .none }
        var faults: [PolicyError] = []
        do throws(PolicyError) {
            if let file = tls.authorities { settings.authorities = .these(try PEMFile.certificates(file)) }
        } catch { faults.append(error) }
        var (chain, key): ([Certificate], PrivateKey?) = ([], nil)
        do throws(PolicyError) {
            if let file = tls.certificate { chain = try PEMFile.certificates(file) }
        } catch { faults.append(error) }
        do throws(PolicyError) {
            if let file = tls.key { key = try PEMFile.key(file) }
        } catch { faults.append(error) }
        guard faults.isEmpty else { throw PolicyErrors(faults) }
        settings.identity = key.map { .init(chain: chain, key: $0) }
        do throws(SetupError) {
            context = try ClientContext(settings)
        } catch {
            let place = tls.certificate ?? tls.authorities
            let what = place.map { "`\($0.value)` cannot be used" } ?? "TLS cannot be set up"
            throw PolicyErrors([PolicyError("\(what): \(error.words)", at: place?.location ?? tls.location)])
        }
    }

    /// Without files: the system's authorities, or none.
    init(verifies: Bool, protocols: [String], requiredProtocol: String?) throws(SetupError) {
        var settings = ClientContext.Settings()
        settings.protocols = protocols
        if !verifies { settings.authorities = .none }
        context = try ClientContext(settings)
        serverName = nil
        self.verifies = verifies
        self.requiredProtocol = requiredProtocol
    }

    /// The name or the address that the certificate of that server has to be for; a name is also asked for.
    func name(of target: SocketTarget) -> String {
        if let serverName { return Self.trimmed(serverName) }
        return switch target {
        case .tcp(let host, _): Self.trimmed(host)
        // Nobody's certificate is for a path.
        case .unix(let path): verifies ? path : ""
        }
    }

    /// A closing dot is for resolvers alone (RFC 6066 §3).
    private static func trimmed(_ name: String) -> String { name.hasSuffix(".") ? String(name.dropLast()) : name }

    /// A connection's session, before its handshake; nil where memory is short.
    func session(for target: SocketTarget) -> Session? { Session(context, name: name(of: target)) }

    /// Why there is no TLS with that server, for people: a sentence about it.
    func words(for fault: Fault, of target: SocketTarget) -> String {
        TLSWords.cause(fault, name: name(of: target), isHTTP2: requiredProtocol != nil)
    }

    /// What was agreed on is what is required.
    func accepts(_ agreed: String?) -> Bool { requiredProtocol == nil || agreed == requiredProtocol }
}

/// Looks at the files of certificates and keys that a configuration names.
package enum CertificateFiles {
    /// What is wrong with them, and what is only doubtful, each with its place in the configuration.
    package static func verify(_ configuration: Configuration) -> (errors: [PolicyError], warnings: [PolicyError]) {
        var found = ListenerCertificates.verify(configuration)
        for upstream in configuration.upstreams {
            do throws(PolicyErrors) { _ = try UpstreamSecurity(upstream) } catch { found.errors += error.errors }
        }
        return found
    }
}
