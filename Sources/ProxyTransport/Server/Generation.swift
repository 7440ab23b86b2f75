import ProxyCore

/// What one event loop serves under one configuration. A reload makes another; exchanges that began under this one keep it.
final class Generation {
    let configuration: CompiledConfiguration
    private(set) var pools: [UpstreamPool] = []

    /// - Parameter upstreams: what the event loops share for each of them.
    init(_ provision: Provision, upstreams: [UpstreamResources], worker: Worker) {
        configuration = provision.configuration
        pools = zip(configuration.source.upstreams, upstreams).map {
            UpstreamPool($0, $1, configuration: configuration, worker: worker)
        }
    }

    /// None of its exchanges has a connection to an app, or waits for one.
    var isEmpty: Bool { pools.allSatisfy(\.isEmpty) }
}
