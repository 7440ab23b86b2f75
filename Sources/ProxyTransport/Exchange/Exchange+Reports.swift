import HTTP1
import HTTPModel
import HeaderPolicy
import NIOCore
import ProxyCore

/// A route that collects the reports of browsers: small bodies that end here, as lines of the log.
extension Exchange {
    /// Refuses by the head what can be, then waits for the body.
    func collectReports(_ collector: ReportCollector, on route: CompiledRoute) {
        guard facts.request.method == .post else {
            return refuseReport(405, "method_not_allowed")
        }
        let decision = worker.reports.take(facts.clientIP, of: collector, on: route.label, now: worker.clock.nanoseconds)
        if case .refuse(let seconds) = decision { return refuseReport(429, "report_rate", retryAfter: seconds) }
        guard reportForm != nil else { return refuseReport(415, "report_type") }
        if case .length(let length) = requestBody, length > collector.body { return refuseReport(413, "report_too_large") }
        self.collector = collector
        if machine.isRequestComplete { return takeReports() }
        if facts.request.fields.mayContain(.expect), facts.request.version != .http10 { sayContinue() }
    }

    private var reportForm: Report.Form? {
        let fields = facts.request.fields
        return fields.firstIndex(of: .contentType).flatMap { Report.Form(contentType: fields.value(at: $0)) }
    }

    /// The body is wanted: a client that asked first may send it (RFC 9110 §10.1.1). No other expectation gets this far.
    private func sayContinue() {
        response.removeAll()
        response.status = 100
        downstream.writeInformational(response)
        downstream.flush()
    }

    /// A part of the body.
    func reportBytes(_ bytes: ByteBuffer, for collector: ReportCollector) {
        downstream.consumed(bytes.readableBytes)
        hold(bytes)
        if heldBytes > collector.body { return refuseReport(413, "report_too_large") }
    }

    /// The body is whole.
    func takeReports() {
        let body = heldBody.flatMap { Array($0.readableBytesView) }
        guard let form = reportForm, let reports = Report.read(body, as: form) else {
            return refuseReport(400, "report_malformed")
        }
        endCollecting()
        let label = route.map { configuration.routes[$0].label } ?? []
        let now = WallClock.unixMilliseconds()
        let logged = reports.prefix(ReportCollector.reportLimit)
        var lines: [UInt8] = []
        for report in logged { ReportLine.append(report, facts: facts, route: label, unixMilliseconds: now, to: &lines) }
        worker.reports.log(lines, reports: logged.count, dropped: reports.count - logged.count)
        response.removeAll()
        response.status = 204
        reply(with: [], reason: "report")
    }

    func refuseReport(_ status: Status, _ reason: String, retryAfter: Int? = nil) {
        endCollecting()
        worker.reports.refused(reason)
        let hasLength = LocalReply.writeError(
            status, reason: reason, facts: facts, allow: configuration.allowedMethods(facts, listener: listener.index),
            into: &response,
            body: &worker.replyBody, retryAfter: retryAfter, cause: cause(of: reason))
        reply(with: worker.replyBody, reason: reason, hasLength: hasLength)
    }

    private func endCollecting() {
        collector = nil
        dropHeld()
    }
}
