import Logging
import ProxyCore

/// Stands for the system's resolver in tests: the addresses of a host, best first. It is called on the loop and must not block.
package typealias AddressLookup = @Sendable (String) throws -> [String]

/// The state that the event loops share for one upstream.
struct UpstreamResources: Sendable {
    let name: String
    let security: UpstreamSecurity?
    /// The monitor; nil when there is nothing to monitor.
    let monitor: UpstreamMonitor?
    let board: UpstreamBoard

    /// Makes the resources for each upstream, in order. The event loops take turns in monitoring them.
    ///
    /// - Parameter former: the resources of the previous configuration. What is known of their servers is taken over, and counts
    ///   go on. They must be stopped (`monitor?.stop()`) once nothing begins under them any more.
    static func make(
        _ provision: Provision, former: [UpstreamResources] = [], workers: [WorkerThread], lookup: AddressLookup?, logger: Logger
    ) async -> [UpstreamResources] {
        var made: [UpstreamResources] = []
        for (number, (upstream, security)) in zip(provision.configuration.source.upstreams, provision.security).enumerated() {
            let predecessor = former.first { $0.name == upstream.name }
            let known = await predecessor?.monitor?.knowledge()
            let board = predecessor?.board ?? UpstreamBoard(upstream)
            board.post(upstream.balance)
            let worker = workers[number % workers.count]
            let monitor = await UpstreamMonitor.begin(
                upstream, security: security, former: known, board: board, lookup: lookup, worker: worker, logger: logger)
            if monitor == nil { board.post(UpstreamMonitor.roster(of: upstream)) }
            made.append(UpstreamResources(name: upstream.name, security: security, monitor: monitor, board: board))
        }
        return made
    }
}
