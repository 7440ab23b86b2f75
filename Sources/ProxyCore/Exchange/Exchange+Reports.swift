import HTTPModel
import HeaderPolicy

/// A route that collects the reports of browsers: small bodies that end here, as lines in the log.
extension Exchange {
    /// Refuses the request if its head is enough to do so, then waits for the body.
    mutating func collectReports(
        _ collector: ReportCollector, on route: CompiledRoute, _ context: inout ExchangeContext
    ) -> ExchangeActions {
        guard facts.request.method == .post else {
            return facts.isPreflightRequest ? allowReports(&context) : refuseReport(.methodNotAllowed, &context)
        }
        let decision = context.reports?.take(facts.clientIP, of: collector, on: route.label, now: context.nanoseconds)
        if case .refuse(let seconds) = decision {
            return refuseReport(.reportRate, retryAfter: seconds, &context)
        }
        guard Report.Form(of: facts.request) != nil else { return refuseReport(.reportType, &context) }
        if case .length(let length) = own.requestBody, length > collector.body {
            return refuseReport(.reportTooLarge, &context)
        }
        own.collector = collector
        if own.machine.isRequestComplete { return takeReports([], &context) }
        // A client that asked first is told to send the body (RFC 9110 §10.1.1). No other expectation gets this far.
        guard facts.request.fields.mayContain(.expect), facts.request.version != .http10 else { return ExchangeActions() }
        response.removeAll()
        response.status = 100
        return .client(.interim)
    }

    /// Logs the reports of a complete body.
    mutating func takeReports(_ body: borrowing [UInt8], _ context: inout ExchangeContext) -> ExchangeActions {
        guard let form = Report.Form(of: facts.request), let reports = Report.read(copy body, as: form) else {
            return refuseReport(.reportMalformed, &context)
        }
        own.collector = nil
        beginAllowing(status: 204)
        let label = own.route.map { configuration.routes[$0].label } ?? []
        let logged = reports.prefix(ReportCollector.reportLimit)
        var lines: [UInt8] = []
        for report in logged {
            ReportLine.append(report, facts: facts, route: label, unixMilliseconds: context.unixMilliseconds(), to: &lines)
        }
        context.reports?.log(lines, of: logged, dropped: reports.count - logged.count)
        return reply(with: [], for: .report, &context)
    }

    /// Answers a preflight. Browsers send the reports of the Reporting API by CORS, and ask first where the page has another origin.
    private mutating func allowReports(_ context: inout ExchangeContext) -> ExchangeActions {
        beginAllowing(status: 204)
        response.fields.append("Access-Control-Allow-Headers", "Content-Type")
        facts.isPreflight = true
        return reply(with: [], for: .preflight, &context)
    }

    /// Begins a response of a collector, which every page may read: nothing is in it. A `cors` rule has the last word.
    private mutating func beginAllowing(status: Status) {
        response.removeAll()
        response.status = status
        response.fields.append("Access-Control-Allow-Origin", "*")
    }

    mutating func refuseReport(
        _ reason: Reason, retryAfter: Int? = nil, _ context: inout ExchangeContext
    ) -> ExchangeActions {
        own.collector = nil
        context.reports?.refused(reason)
        return reply(reason, retryAfter: retryAfter, &context)
    }
}
