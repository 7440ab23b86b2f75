import HTTPModel
import HeaderPolicy
import ProxyCore

/// The access log lines of one event loop, until enough of them are there to be handed to the sink.
struct AccessLogBuffer {
    private let sink: LogSink?
    private let form: Configuration.AccessLog
    private var lines: [UInt8] = []

    /// Bytes that wait at the most; what is less waits for the loop's next tick.
    private static let limit = 32 << 10

    init(sink: LogSink?, form: Configuration.AccessLog) {
        self.sink = form == .off ? nil : sink
        self.form = form
    }

    var isOn: Bool { sink != nil }

    mutating func append(_ exchange: Exchange, now: UInt64) {
        var outcome = AccessLogLine.Outcome()
        outcome.duration = now &- exchange.startedAt
        outcome.unixMilliseconds = WallClock.unixMilliseconds() - Int(outcome.duration / 1_000_000)
        outcome.status = exchange.machine.hasStarted ? exchange.response.status : nil
        outcome.requestBytes = exchange.requestBytesRead
        outcome.responseBytes = exchange.responseBytesWritten
        if let cause = exchange.badResponse { outcome.responseFault = cause.fault }
        outcome.isTraced = exchange.watch?.isTraced ?? false
        if exchange.upstreamHeadAt > 0 { outcome.upstreamDuration = exchange.upstreamHeadAt &- exchange.upstreamStartedAt }
        if let server = exchange.server {
            outcome.upstreamAddress = exchange.triedAddress.isEmpty ? server.address : exchange.triedAddress
        }
        outcome.retries = exchange.retries
        if let route = exchange.route { outcome.route = exchange.configuration.routes[route].label }
        switch form {
        case .json: AccessLogLine.appendJSON(exchange.facts, outcome, to: &lines)
        case .ecs: AccessLogLine.appendECS(exchange.facts, outcome, to: &lines)
        case .text, .off: AccessLogLine.appendText(exchange.facts, outcome, to: &lines)
        }
        if lines.count >= Self.limit { flush() }
    }

    mutating func flush() {
        guard let sink, !lines.isEmpty else { return }
        sink.write(lines)
        lines.removeAll(keepingCapacity: true)
    }
}
