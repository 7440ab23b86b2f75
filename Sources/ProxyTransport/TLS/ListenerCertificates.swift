import EventLoop
import HTTPModel
import HeaderPolicy
import ProxyCore
import TLS

/// The certificates of one listener as they were last read, and the context of its handshakes.
struct ListenerCertificates: Sendable {
    /// Those that it shows to clients, in the order of the configuration.
    let certificates: [ServerCertificate]
    let context: ServerContext
    /// The app gets the certificates of clients.
    let forwards: Bool
    /// Those that may have signed a client's certificate, as they are signed themselves.
    let authorities: [[UInt8]]

    /// Reads them all.
    ///
    /// - Parameter address: of the listener. A session may be taken up again where it began.
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
        // Who came without a certificate while it was optional shows one when it is required.
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

    /// What is wrong with the certificates that a configuration names, and what is only doubtful.
    static func verify(_ configuration: Configuration) -> (errors: [PolicyError], warnings: [PolicyError]) {
        var found: (errors: [PolicyError], warnings: [PolicyError]) = ([], [])
        for listener in configuration.listeners {
            guard let tls = listener.tls else { continue }
            do throws(PolicyErrors) {
                let read = try ListenerCertificates(tls, at: listener.bind.value)
                found.warnings += read.certificates.compactMap(\.warning)
            } catch {
                found.errors += error.errors
            }
        }
        return found
    }
}

/// A certificate that a listener shows, as far as people are told of it.
struct ServerCertificate: Sendable {
    /// The names that it is for, in lower case; `*.example.com` is for one label.
    let names: [String]
    /// The second since 1970 in which it expires.
    let notAfter: Int
    /// It is not valid now: clients will refuse it.
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

/// A TLS listener's certificates under one configuration, as all loops share them.
final class CurrentCertificates: Sendable {
    let value: ListenerCertificates

    init(_ certificates: ListenerCertificates) { value = certificates }
}

extension TicketKeys {
    /// Those of the process: a session outlives a reload.
    static let shared = TicketKeys { Int(Loop.nanoseconds() / 1_000_000_000) }
}
