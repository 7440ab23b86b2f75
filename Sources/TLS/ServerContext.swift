import COpenSSL

/// Everything that a listener needs for handshakes with its clients: certificates by name, protocols, and client authentication.
///
/// It is made once per configuration and shared by all loops.
public final class ServerContext: Sendable {
    /// A certificate with its chain, its own certificate first, and its key.
    public struct Identity: Sendable {
        public var chain: [Certificate]
        public var key: PrivateKey

        public init(chain: [Certificate], key: PrivateKey) {
            self.chain = chain
            self.key = key
        }
    }

    /// The rules for clients' certificates.
    public struct Clients: Sendable {
        public var authorities: [Certificate]
        /// Whether a client without a certificate is refused.
        public var isRequired: Bool

        public init(authorities: [Certificate], isRequired: Bool) {
            self.authorities = authorities
            self.isRequired = isRequired
        }
    }

    public struct Settings: Sendable {
        /// The identities, chosen by the name that a client asks for; the first serves all other names. Where a later one has
        /// all names of an earlier one and another kind of key, such as ECDSA beside RSA, a client gets the one that it can verify.
        public var identities: [Identity]
        public var oldestVersion = ProtocolVersion.tls12
        /// Whether a client is refused that asks for a name that no certificate has, or for none.
        public var isStrict = false
        public var clients: Clients?
        /// The protocols, in order of preference. A client that only offers others is refused (RFC 7301 §3.2).
        public var protocols: [String] = ["h2", "http/1.1", "http/1.0"]
        /// The scope of sessions: they can be resumed under any context with the same scope, such as the listener's name.
        public var scope = ""

        public init(identities: [Identity]) { self.identities = identities }
    }

    let settings: Settings
    let tickets: TicketKeys
    let protocols: [[UInt8]]
    private let contexts: [ContextHandle]
    private let names: [[String]]
    private let byName: [String: Int]
    /// The identities that no client gets, each with the one that is chosen for its names, of the same kind of key.
    public let unused: [(identity: Int, chosen: Int)]

    /// - Throws: an error with the index of the identity that cannot be used.
    public init(_ settings: Settings, tickets: TicketKeys) throws(IdentityError) {
        self.settings = settings
        self.tickets = tickets
        protocols = settings.protocols.map { Array($0.utf8) }
        names = settings.identities.map { $0.chain.first?.names ?? [] }
        var contexts: [ContextHandle] = []
        // Which identity a name chooses, and the kinds of key that its context has.
        var byName: [String: Int] = [:]
        var kinds: [[Int32]] = []
        let (names, identities) = (names, settings.identities)
        // A context serves all names of its first identity, and clients that ask for none or an address.
        func serves(_ later: Int, insteadOf earlier: Int) -> Bool {
            identities[earlier].chain.first?.hasOtherNames != true && names[earlier].allSatisfy { Self.covers(names[later], $0) }
        }
        var unused: [(identity: Int, chosen: Int)] = []
        for (index, identity) in settings.identities.enumerated() {
            let kind = identity.key.kind
            do throws(SetupError) {
                let earlier = Set(names[index].compactMap { byName[$0] }).sorted()
                let joined = earlier.filter { !kinds[$0].contains(kind) && serves(index, insteadOf: $0) }
                for one in joined {
                    try contexts[one].use(identity.chain, identity.key)
                    kinds[one].append(kind)
                }
                kinds.append([kind])
                if joined.isEmpty, let first = earlier.first, names[index].allSatisfy({ byName[$0] != nil }) {
                    unused.append((index, first))
                }
                contexts.append(try Self.context(identity, settings))
            } catch {
                throw IdentityError(index: index, error: error)
            }
            for name in names[index] where byName[name] == nil { byName[name] = index }
        }
        self.contexts = contexts
        self.unused = unused
        self.byName = byName
    }

    /// Whether one of the names of a certificate is the name, or stands for it with a star.
    private static func covers(_ names: [String], _ name: String) -> Bool {
        names.contains(name) || name.firstIndex(of: ".").map { names.contains("*" + name[$0...]) } == true
    }

    public struct IdentityError: Error, Hashable, Sendable {
        public var index: Int
        public var error: SetupError

        public init(index: Int, error: SetupError) {
            self.index = index
            self.error = error
        }
    }

    /// Returns the identity for a requested name, in lower case and without a closing dot; nil refuses the client.
    public func identity(for name: String) -> Int? {
        if let index = byName[name] { return index }
        if let dot = name.firstIndex(of: "."), let index = byName["*" + name[dot...]] { return index }
        return settings.isStrict || contexts.isEmpty ? nil : 0
    }

    /// The names of an identity's certificate.
    public func names(of identity: Int) -> [String] { names.indices.contains(identity) ? names[identity] : [] }

    func context(of identity: Int) -> ContextHandle? { contexts.indices.contains(identity) ? contexts[identity] : nil }

    /// The context with which a session begins, before the requested name is known.
    var first: ContextHandle? { contexts.first }

    private static func context(_ identity: Identity, _ settings: Settings) throws(SetupError) -> ContextHandle {
        let context = try unsafe ContextHandle(TLS_server_method(), settings.oldestVersion)
        try context.use(identity.chain, identity.key)
        let pointer = unsafe context.pointer
        try ask(settings.clients, context)
        var scope = try digest(Array(settings.scope.utf8) + (settings.clients?.authorities ?? []).flatMap(\.encoded))
        guard unsafe SSL_CTX_set_session_id_context(pointer, &scope, UInt32(scope.count)) == 1 else {
            throw .failed("SSL_CTX_set_session_id_context")
        }
        unsafe SSL_CTX_set_timeout(pointer, settings.clients == nil ? 7_200 : Self.clientLifetime)
        unsafe SSL_CTX_set_client_hello_cb(pointer, { session, alert, _ in unsafe Session.readHello(session, alert) }, nil)
        unsafe SSL_CTX_set_alpn_select_cb(pointer, { unsafe Session.choose($0, $1, $2, $3, $4, $5) }, nil)
        unsafe letterhead_set_ticket_keys(pointer) { session, name, iv, cipher, mac, seals in
            guard let session = unsafe Session.of(session), let name = unsafe name, let iv = unsafe iv,
                let cipher = unsafe cipher,
                let mac = unsafe mac
            else { return -1 }
            return unsafe session.server?.tickets.provide(name: name, iv: iv, cipher: cipher, mac: mac, seals: seals == 1) ?? -1
        }
        // The ticket has a client's certificate; what is known beside it is added.
        unsafe SSL_CTX_set_session_ticket_cb(
            pointer,
            { handle, _ in
                unsafe Session.of(handle)?.sealFacts()
                return 1
            },
            { handle, saved, _, _, status, _ in
                guard unsafe Session.of(handle)?.mayResume(saved) == true else { return SSL_TICKET_RETURN_IGNORE_RENEW }
                return switch status {
                // A ticket is for one use (RFC 8446 §C.4): a client that has used one gets another, or its next handshake would
                // be a full one.
                case SSL_TICKET_SUCCESS:
                    unsafe SSL_version(handle) >= TLS1_3_VERSION ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_USE
                case SSL_TICKET_SUCCESS_RENEW: SSL_TICKET_RETURN_USE_RENEW
                default: SSL_TICKET_RETURN_IGNORE_RENEW
                }
            }, nil)
        return context
    }

    /// The seconds after a full handshake for which a client that has shown a certificate may resume: then it is checked again. Other
    /// sessions hold nothing that could be revoked.
    static let clientLifetime = 300

    private static func ask(_ clients: Clients?, _ context: ContextHandle) throws(SetupError) {
        guard let clients else { return }
        try context.trust(clients.authorities)
        guard let names = unsafe letterhead_new_names() else { throw .failed("sk_X509_NAME_new_null") }
        for authority in clients.authorities {
            if let name = unsafe X509_NAME_dup(X509_get_subject_name(authority.handle)) {
                unsafe letterhead_add_name(names, name)
            }
        }
        // The context owns the list from now on.
        unsafe letterhead_set_client_authority_names(context.pointer, names)
        let mode = SSL_VERIFY_PEER | (clients.isRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0)
        unsafe SSL_CTX_set_verify(context.pointer, mode) { isGood, store in
            if isGood == 0 { unsafe Session.noteRefused(store) }
            return isGood
        }
    }

    private static func digest(_ bytes: [UInt8]) throws(SetupError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        // SHA-256 writes 32 bytes.
        guard unsafe EVP_Digest(bytes, bytes.count, &digest, &count, EVP_sha256(), nil) == 1 else { throw .failed("EVP_Digest") }
        return digest
    }
}
