import EventLoop
import Logging
import ProxyCore

/// Looks up the addresses of a host and returns them as texts, best first. It may block.
package typealias AddressLookup = @Sendable (String) throws -> [String]

/// The state that the event loops share for one upstream.
struct UpstreamResources: Sendable {
    let name: String
    let security: UpstreamSecurity?
    /// The watch; nil where there is nothing to watch.
    let watch: UpstreamWatch?
    let board: UpstreamBoard

    /// Makes the resources for each upstream, in order. The event loops take turns in watching them.
    ///
    /// - Parameter former: the resources of the previous configuration. What is known of their servers is taken over, and counts
    ///   go on. They must be stopped (`watch?.stop()`) once nothing begins under them any more.
    static func make(
        _ provision: Provision, former: [UpstreamResources] = [], workers: [WorkerThread], lookup: AddressLookup?, logger: Logger
    ) async -> [UpstreamResources] {
        var made: [UpstreamResources] = []
        for (number, (upstream, security)) in zip(provision.configuration.source.upstreams, provision.security).enumerated() {
            let predecessor = former.first { $0.name == upstream.name }
            let known = await predecessor?.watch?.knowledge()
            let board = predecessor?.board ?? UpstreamBoard(upstream)
            board.post(upstream.balance)
            let worker = workers[number % workers.count]
            let watch = await UpstreamWatch.begin(
                upstream, security: security, former: known, board: board, lookup: lookup, worker: worker, logger: logger)
            if watch == nil { board.post(UpstreamWatch.roster(of: upstream)) }
            made.append(UpstreamResources(name: upstream.name, security: security, watch: watch, board: board))
        }
        return made
    }
}
