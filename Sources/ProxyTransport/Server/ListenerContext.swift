/// What connections of one listener share.
struct ListenerContext: Sendable {
    /// Its place in `Configuration.listeners`.
    var index: Int
    /// Its address as it was written, for logs.
    var name: String
    /// Nil where cleartext is spoken.
    var certificates: CurrentCertificates?
    /// Each connection begins with a PROXY protocol header.
    var proxyProtocol: Bool
}
