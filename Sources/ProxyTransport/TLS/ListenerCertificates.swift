import EventLoop
import HTTPModel
import HeaderPolicy
import ProxyCore
import TLS

/// The certificates of one listener under one configuration, and the TLS context made from them. All loops share it.
final class ListenerCertificates: Sendable {
    /// The certificates that the listener shows to clients, in the order of the configuration.
    let certificates: [ServerCertificate]
    let context: ServerContext
    /// Whether the app gets the certificates of clients.
    let forwards: Bool
    /// The encoded certificates of the authorities that may have signed a client's certificate.
    let authorities: [[UInt8]]

    /// Reads all of the listener's certificates.
    ///
    /// - Parameter address: the address of the listener; sessions can only be resumed on the same one.
    init(_ source: ListenerTLS, at address: SocketTarget) throws(PolicyErrors) {
        var errors: [PolicyError] = []
        var authorities: [Certificate] = []
        if let clients = source.clientCertificates {
            do throws(PolicyError) { authorities = try PEMFile.certificates(clients.authorities) } catch { errors.append(error) }
        }
        var identities: [ServerContext.Identity] = []
        for certificate in source.certificates {
            do throws(PolicyError) { identities.append(try Self.identity(certificate)) } catch { errors.append(error) }
        }
        guard errors.isEmpty else { throw PolicyErrors(errors) }
        context = try Self.context(source, address, identities, authorities)
        certificates = zip(identities, source.certificates).compactMap { identity, source in
            identity.chain.first.map { ServerCertificate($0, source.certificate) }
        }
        forwards = source.clientCertificates?.forward == true
        self.authorities = authorities.map(\.encoded)
    }

    private static func identity(_ source: ListenerCertificate) throws(PolicyError) -> ServerContext.Identity {
        let chain = try PEMFile.certificates(source.certificate)
        let key = try PEMFile.key(source.key)
        guard chain.first.map(key.fits) == true else {
            throw PolicyError(
                "the key in `\(source.key.value)` does not match the certificate in `\(source.certificate.value)`",
                at: source.key.location,
                suggestion: chain.count > 1 ? "the site's own certificate stands first in its file" : nil)
        }
        return ServerContext.Identity(chain: chain, key: key)
    }

    private static func context(
        _ source: ListenerTLS, _ address: SocketTarget, _ identities: [ServerContext.Identity], _ authorities: [Certificate]
    ) throws(PolicyErrors) -> ServerContext {
        var settings = ServerContext.Settings(identities: identities)
        settings.oldestVersion = source.minimumVersion == .tls13 ? .tls13 : .tls12
        settings.isStrict = source.strictSNI
        if let clients = source.clientCertificates {
            settings.clients = .init(authorities: authorities, isRequired: clients.mode == .required)
        }
        // A client that came without a certificate while it was optional must show one when it is required, so the mode is part
        // of the scope.
        settings.scope = "\(address) \(source.clientCertificates?.mode.rawValue ?? "")"
        do throws(ServerContext.IdentityError) {
            return try ServerContext(settings, tickets: .shared)
        } catch {
            let file = source.certificates[error.index].certificate
            throw PolicyErrors([
                PolicyError("the certificate in `\(file.value)` cannot be used: \(error.error.words)", at: file.location)
            ])
        }
    }

    /// What is unusual about the certificates, but no error.
    ///
    /// - Parameter source: what they were read from.
    func warnings(_ source: ListenerTLS) -> [PolicyError] {
        certificates.compactMap(\.warning)
            + context.unused.map { identity, chosen in
                let (file, other) = (source.certificates[identity].certificate, source.certificates[chosen].certificate)
                return PolicyError(
                    "no client gets the certificate in `\(file.value)`: for its names, the one in `\(other.value)` is chosen",
                    at: file.location)
            }
    }
}

/// The facts about a listener's certificate that are shown to operators.
struct ServerCertificate: Sendable {
    /// The names that the certificate covers, in lower case; `*.example.com` covers one label.
    let names: [String]
    /// The expiry time in seconds since 1970.
    let notAfter: Int
    /// A warning if the certificate is not valid now, so that clients will reject it.
    let warning: PolicyError?

    init(_ certificate: Certificate, _ path: Located<String>) {
        names = certificate.names
        notAfter = certificate.notAfter
        let day = { (seconds: Int) in String(decoding: HTTPDate.bytes(unixSeconds: seconds), as: UTF8.self) }
        warning =
            switch certificate.validity(at: WallClock.unixSeconds()) {
            case .valid: nil
            case .expired:
                PolicyError("the certificate in `\(path.value)` expired on \(day(certificate.notAfter))", at: path.location)
            case .notYetValid:
                PolicyError(
                    "the certificate in `\(path.value)` is not valid before \(day(certificate.notBefore))", at: path.location)
            }
    }
}

extension TicketKeys {
    /// The ticket keys of the process, so that sessions can be resumed after a reload.
    static let shared = TicketKeys { Int(Loop.nanoseconds() / 1_000_000_000) }
}
