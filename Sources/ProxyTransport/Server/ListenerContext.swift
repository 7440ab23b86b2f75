import HTTPModel

/// What connections of one listener share.
struct ListenerContext: Sendable {
    /// Its place in `Configuration.listeners`.
    var index: Int
    var scheme: Scheme
    /// Each connection begins with a PROXY protocol header.
    var proxyProtocol: Bool
}
