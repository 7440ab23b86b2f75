import HTTPModel
import ProxyCore

/// The facts that `/metrics` shows besides the counts of the event loops.
package struct ProcessFacts: Sendable {
    package var version = ""
    package var cpuSeconds = 0.0
    package var residentBytes = 0
    package var virtualBytes = 0
    package var openFiles = 0
    package var maxFiles = 0
    package var threads = 0
    package var startSeconds = 0.0
    package var droppedLogLines = 0

    package init() {}
}

/// The text of `/metrics`.
enum MetricsPage {
    static func text(
        _ metrics: MetricsSnapshot, _ servers: [UpstreamSnapshot], _ process: ProcessFacts, _ reloads: ReloadStatus.Report?,
        isReady: Bool
    ) -> [UInt8] {
        var text = PrometheusText()
        traffic(metrics, &text)
        upstreams(metrics, &text)
        UpstreamMetrics.write(servers, &text)
        connections(metrics, &text)
        text.write(.reports, metrics.reports.logged)
        text.write(.droppedReports, metrics.reports.dropped)
        text.write(.refusedReports, counts: metrics.reports.refused.sorted { $0.key < $1.key }.map { ([$0.key], $0.value) })
        text.write(.memory, metrics.memory)
        text.write(.memoryLimit, metrics.memoryLimit)
        text.write(.droppedLogBlocks, metrics.droppedLogBlocks)
        text.write(.droppedLogLines, process.droppedLogLines)
        if let reloads {
            text.write(.reloads, counts: [(["success"], reloads.succeeded), (["failure"], reloads.failed)])
            text.write(.reloadSuccess, reloads.problems.isEmpty ? 1 : 0)
            text.write(.reloadTime, reloads.since)
        }
        text.write(.ready, isReady ? 1 : 0)
        text.write(.workers, metrics.workers)
        write(process, &text)
        return text.bytes
    }

    private static func traffic(_ metrics: MetricsSnapshot, _ text: inout PrometheusText) {
        let routes = metrics.routes.sorted { $0.key < $1.key }
        text.write(.requests, counts: routes.flatMap { answers($0.key, $0.value.answers) })
        text.write(.requestDuration, histograms: routes.map { ($0.key, $0.value.duration) })
        text.write(.requestBytes, counts: routes.map { ([$0.key], $0.value.requestBytes) })
        text.write(.responseBytes, counts: routes.map { ([$0.key], $0.value.responseBytes) })
        text.write(.inFlight, max(0, metrics.loops.begun - metrics.loops.ended))
        let versions = [HTTPVersion.http10, .http11, .http2]
        text.write(.protocols, counts: versions.map { ([$0.text], metrics.loops.versions[Int($0.rawValue)]) })
        text.write(.localReplies, counts: words(metrics.loops.reasons))
        text.write(.tunnelEnds, counts: words(metrics.loops.tunnelEnds))
        text.write(.ruleHits, counts: metrics.rules.sorted { $0.key < $1.key }.map { ([$0.key], $0.value) })
        let shadow = metrics.shadow.sorted { $0.key < $1.key }
        text.write(
            .shadowExchanges,
            counts: shadow.flatMap { [([$0.key, "same"], $0.value.same), ([$0.key, "different"], $0.value.different)] })
        text.write(.shadowDifferences, counts: shadow.flatMap { differences($0.key, $0.value) })
        text.write(.droppedFields, metrics.droppedFields)
        text.write(
            .droppedTrailers,
            counts: [(["request"], metrics.loops.requestTrailers), (["response"], metrics.loops.responseTrailers)])
    }

    private static func upstreams(_ metrics: MetricsSnapshot, _ text: inout PrometheusText) {
        let upstreams = metrics.upstreams.sorted { $0.key < $1.key }
        text.write(.upstreamResponses, counts: upstreams.flatMap { codes($0.key, $0.value.statuses) })
        text.write(.upstreamDuration, histograms: upstreams.map { ($0.key, $0.value.duration) })
        text.write(
            .upstreamFailures,
            counts: upstreams.flatMap { upstream in
                words(upstream.value.failures).map { ([upstream.key] + $0.0, $0.1) }
            })
        text.write(
            .badResponses,
            counts: upstreams.flatMap { upstream in
                words(upstream.value.badResponses).map { ([upstream.key] + $0.0, $0.1) }
            })
    }

    private static func connections(_ metrics: MetricsSnapshot, _ text: inout PrometheusText) {
        var listeners: [String: ListenerCounts] = [:]
        for counts in metrics.loops.listeners.values {
            listeners[counts.name, default: ListenerCounts(name: counts.name)].opened += counts.opened
            listeners[counts.name]?.closed += counts.closed
        }
        let sorted = listeners.sorted { $0.key < $1.key }
        text.write(.connections, counts: sorted.map { ([$0.key], $0.value.opened - $0.value.closed) })
        text.write(.acceptedConnections, counts: sorted.map { ([$0.key], $0.value.opened) })
        text.write(.refusedConnections, counts: words(metrics.loops.refusals))
        text.write(.handshakes, counts: words(metrics.loops.handshakes))
        text.write(.handshakeFailures, counts: words(metrics.loops.handshakeFailures))
        // Of several for one name, as ECDSA beside RSA, the one that ends first has to be replaced first.
        var seen: Set<[String]> = []
        let certificates = metrics.certificates.sorted { $0.notAfter < $1.notAfter }
            .filter { seen.insert([$0.listener, $0.name]).inserted }.sorted { ($0.listener, $0.name) < ($1.listener, $1.name) }
        text.write(.certificateExpiry, counts: certificates.map { ([$0.listener, $0.name], $0.notAfter) })
    }

    private static func write(_ process: ProcessFacts, _ text: inout PrometheusText) {
        text.write(.build, counts: [([process.version], 1)])
        text.write(.cpu, [([], "\(process.cpuSeconds)")])
        text.write(.resident, process.residentBytes)
        text.write(.virtual, process.virtualBytes)
        text.write(.openFiles, process.openFiles)
        text.write(.maxFiles, process.maxFiles)
        text.write(.threads, process.threads)
        text.write(.start, [([], "\(process.startSeconds)")])
    }

    private static func answers(_ route: String, _ counts: WordCounts<RouteCounts.Answer>) -> [([String], Int)] {
        let sorted = counts.entries.sorted {
            ($0.word.method.rawValue, $0.word.status) < ($1.word.method.rawValue, $1.word.status)
        }
        let known = sorted.map { entry in
            let method = entry.word.method == .other ? "other" : entry.word.method.token
            return ([route, method, "\(entry.word.status)"], entry.count)
        }
        return known + (counts.others > 0 ? [([route, "other", "other"], counts.others)] : [])
    }

    private static func differences(_ route: String, _ counts: ShadowCounts) -> [([String], Int)] {
        counts.differences.map { kind, count in
            ([route, kind.part.rawValue, kind.change.rawValue, kind.field], count)
        }.sorted { $0.0.lexicographicallyPrecedes($1.0) }
    }

    private static func codes(_ name: String, _ counts: WordCounts<UInt16>) -> [([String], Int)] {
        let known = counts.entries.sorted { $0.word < $1.word }.map { ([name, "\($0.word)"], $0.count) }
        return known + (counts.others > 0 ? [([name, "other"], counts.others)] : [])
    }

    private static func words<Word: CustomStringConvertible>(_ counts: WordCounts<Word>) -> [([String], Int)] {
        let known = counts.entries.map { ([$0.word.description], $0.count) }.sorted { $0.0[0] < $1.0[0] }
        return known + (counts.others > 0 ? [(["other"], counts.others)] : [])
    }
}
