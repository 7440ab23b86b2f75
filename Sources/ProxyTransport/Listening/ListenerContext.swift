import HeaderPolicy
import ProxyCore

/// What connections of one listener share on one event loop, under one configuration.
final class ListenerContext {
    /// The same as long as the listener's socket is.
    let id: Int
    /// Its place in `Configuration.listeners`.
    let index: Int
    /// Its address as it was written, for logs.
    let name: String
    /// Nil where cleartext is spoken.
    let certificates: CurrentCertificates?
    /// Each connection begins with a PROXY protocol header.
    let proxyProtocol: Bool
    let generation: Generation
    let tally: ListenerTally

    init(id: Int, index: Int, of provision: Provision, generation: Generation, tally: ListenerTally) {
        let listener = provision.configuration.source.listeners[index]
        self.id = id
        self.index = index
        name = "\(listener.bind.value)"
        certificates = provision.certificates[index]
        proxyProtocol = listener.proxyProtocol
        self.generation = generation
        self.tally = tally
    }
}

/// How many connections one listener has had on one event loop, under whatever configuration.
final class ListenerTally {
    var counts: ListenerCounts

    init(_ counts: ListenerCounts) { self.counts = counts }
}
