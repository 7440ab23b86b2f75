import COpenSSL

/// Everything that handshakes with the servers of one upstream need.
public final class ClientContext: Sendable {
    public enum Authorities: Sendable {
        /// The authorities that the system trusts.
        case system
        case these([Certificate])
        /// Any certificate is accepted, so whoever is on the way can read and change everything.
        case none
    }

    public struct Settings: Sendable {
        public var authorities = Authorities.system
        /// The proxy's own certificate, for servers that ask for one.
        public var identity: ServerContext.Identity?
        public var oldestVersion = ProtocolVersion.tls12
        /// The protocols, in order of preference.
        public var protocols: [String] = []

        public init() {}
    }

    let context: ContextHandle
    let verifies: Bool

    public init(_ settings: Settings) throws(SetupError) {
        context = try unsafe ContextHandle(TLS_client_method(), settings.oldestVersion)
        let pointer = unsafe context.pointer
        switch settings.authorities {
        case .none: verifies = false
        case .system:
            verifies = true
            try context.trustSystem()
        case .these(let authorities):
            verifies = true
            try context.trust(authorities)
        }
        unsafe SSL_CTX_set_verify(pointer, verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
        if let identity = settings.identity { try context.use(identity.chain, identity.key) }
        guard !settings.protocols.isEmpty else { return }
        let names = settings.protocols.flatMap { [UInt8(clamping: $0.utf8.count)] + Array($0.utf8.prefix(255)) }
        // The list is copied. (This is the one call that returns 0 for success.)
        guard unsafe SSL_CTX_set_alpn_protos(pointer, names, UInt32(names.count)) == 0 else {
            throw .failed("SSL_CTX_set_alpn_protos")
        }
    }
}
