import HTTPModel
import HeaderPolicy
import ProxyCore
import TLS

/// The TLS settings for one upstream, ready for use by every event loop: certificates and keys are read once.
struct UpstreamSecurity: Sendable {
    private let context: ClientContext
    private let serverName: String?
    private let verifies: Bool
    /// The protocol that must be agreed on; nil accepts HTTP/1.1.
    let requiredProtocol: String?

    /// Nil for an upstream without TLS. Throws the errors in its files.
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

    /// Makes settings without files, which use the system's authorities or none.
    init(verifies: Bool, protocols: [String], requiredProtocol: String?) throws(SetupError) {
        var settings = ClientContext.Settings()
        settings.protocols = protocols
        if !verifies { settings.authorities = .none }
        context = try ClientContext(settings)
        serverName = nil
        self.verifies = verifies
        self.requiredProtocol = requiredProtocol
    }

    /// The name or address that the server's certificate must have; a name is also sent as SNI.
    func name(of target: SocketTarget) -> String {
        if let serverName { return Self.trimmed(serverName) }
        return switch target {
        case .tcp(let host, _): Self.trimmed(host)
        // No certificate is issued for a path.
        case .unix(let path): verifies ? path : ""
        }
    }

    /// Removes the closing dot, which only matters to resolvers (RFC 6066 §3).
    private static func trimmed(_ name: String) -> String { name.hasSuffix(".") ? String(name.dropLast()) : name }

    /// Returns the session for a connection, before its handshake; nil when memory is short.
    func session(for target: SocketTarget) -> Session? { Session(context, name: name(of: target)) }

    /// A sentence for operators about the server, saying why there is no TLS with it.
    func words(for fault: Fault, of target: SocketTarget) -> String {
        TLSWords.cause(fault, name: name(of: target), isHTTP2: requiredProtocol != nil)
    }

    /// Whether the agreed protocol is the required one.
    func accepts(_ agreed: String?) -> Bool { requiredProtocol == nil || agreed == requiredProtocol }
}
