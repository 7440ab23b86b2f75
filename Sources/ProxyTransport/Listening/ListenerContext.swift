import HeaderPolicy
import ProxyCore

/// The state that the connections of one listener share on one event loop under one configuration.
final class ListenerContext {
    /// The listener's identity, which stays the same as long as its socket does.
    let id: Int
    /// The index in `Configuration.listeners`.
    let index: Int
    /// The address as it was configured, for logs.
    let name: String
    /// The certificates; nil for a cleartext listener.
    let certificates: ListenerCertificates?
    /// Whether each connection begins with a PROXY protocol header.
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

/// The counts of one listener's connections on one event loop, across configurations.
final class ListenerTally {
    var counts: ListenerCounts

    init(_ counts: ListenerCounts) { self.counts = counts }
}
