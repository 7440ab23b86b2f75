import Logging
import NIOCore
import ProxyCore

/// What the event loops share for one upstream.
struct UpstreamResources: Sendable {
    let name: String
    let security: UpstreamSecurity?
    /// Nil where there is nothing to look after.
    let watch: UpstreamWatch?
    let board: UpstreamBoard

    /// For each upstream, in order. The event loops take turns in looking after them.
    ///
    /// - Parameter former: those of the configuration before: what is known of their servers is taken over, and counts go on. They
    ///   are to be stopped (`watch?.stop()`) once nothing begins under them any more.
    static func make(
        _ provision: Provision, former: [UpstreamResources] = [], group: any EventLoopGroup, lookup: @escaping NameLookup,
        logger: Logger
    ) async -> [UpstreamResources] {
        var made: [UpstreamResources] = []
        for (upstream, security) in zip(provision.configuration.source.upstreams, provision.security) {
            let loop = group.next()
            let predecessor = former.first { $0.name == upstream.name }
            let known = await predecessor?.watch?.knowledge()
            let board = predecessor?.board ?? UpstreamBoard(upstream)
            board.post(upstream.balance)
            // An event loop that takes no work is at its end: nobody is served any more.
            let watch = try? await loop.submit {
                UpstreamWatch(
                    upstream, security: security, former: known, board: board, lookup: lookup, eventLoop: loop, logger: logger)
            }.get()
            if watch ?? nil == nil { board.post(UpstreamWatch.roster(of: upstream)) }
            made.append(UpstreamResources(name: upstream.name, security: security, watch: watch ?? nil, board: board))
        }
        return made
    }
}
