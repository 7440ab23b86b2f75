import ProxyCore

/// The metrics of the upstreams' servers.
enum UpstreamMetrics {
    static func write(_ upstreams: [UpstreamSnapshot], _ text: inout PrometheusText) {
        var seen: Set<[String]> = []
        var servers: [(labels: [String], server: ServerSnapshot)] = []
        for upstream in upstreams {
            for server in upstream.servers {
                let labels = [upstream.name, "\(server.member.identity)"]
                if seen.insert(labels).inserted { servers.append((labels, server)) }
            }
        }
        func write(_ family: MetricFamily, _ number: (ServerSnapshot) -> Int) {
            text.write(family, counts: servers.map { ($0.labels, number($0.server)) })
        }
        write(.serverUp) { [.up, .unchecked].contains($0.member.standing) ? 1 : 0 }
        write(.serverActive, \.load.active)
        write(.serverWaiting, \.load.waiting)
        write(.serverConnections, \.load.connections)
        write(.serverRequests, \.load.counts.requests)
        write(.serverRetries, \.load.counts.retries)
        write(.serverFailures, \.load.counts.failures)
        write(.serverConnectFailures, \.load.counts.connectFailures)
        write(.serverEjections, \.record.ejections)
        text.write(
            .serverChecks,
            counts: servers.flatMap { labels, server in
                [(labels + ["passed"], server.record.checksPassed), (labels + ["failed"], server.record.checksFailed)]
            })
        text.write(.unserved, counts: upstreams.map { ([$0.name], $0.unserved) })
        text.write(.retriesRefused, counts: upstreams.map { ([$0.name], $0.retriesRefused) })
    }
}
