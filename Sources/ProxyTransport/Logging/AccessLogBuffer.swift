import EventLoop
import HTTPModel
import HeaderPolicy
import ProxyCore

/// The access log lines of one event loop, collected until there are enough to pass to the sink.
struct AccessLogBuffer {
    private let sink: LogSink?
    private let form: Configuration.AccessLog
    private var lines: [UInt8] = []

    /// The bytes at which the lines are passed on; fewer wait for the loop's next tick.
    private static let limit = 32 << 10

    init(sink: LogSink?, form: Configuration.AccessLog) {
        self.sink = form == .off ? nil : sink
        self.form = form
    }

    var isOn: Bool { sink != nil }

    mutating func append(_ relay: Relay, now: UInt64) {
        var outcome = AccessLogLine.Outcome()
        outcome.duration = now &- relay.exchange.beganAt
        outcome.unixMilliseconds = WallClock.unixMilliseconds() - Int(outcome.duration / 1_000_000)
        outcome.status = relay.exchange.status
        outcome.requestBytes = relay.exchange.requestBytes
        outcome.responseBytes = relay.exchange.responseBytes
        if let cause = relay.exchange.badResponse { outcome.responseFault = cause.fault }
        outcome.refusal = relay.exchange.refusal
        outcome.isTraced = relay.exchange.observation?.isTraced ?? false
        if relay.exchange.upstreamHeadAt > 0 {
            outcome.upstreamDuration = relay.exchange.upstreamHeadAt &- relay.exchange.upstreamStartedAt
        }
        if let server = relay.server {
            outcome.upstreamAddress = relay.triedAddress.isEmpty ? server.address : relay.triedAddress
        }
        outcome.retries = relay.retries
        if let route = relay.exchange.route { outcome.route = relay.configuration.routes[route].label }
        switch form {
        case .json: AccessLogLine.appendJSON(relay.exchange.facts, outcome, to: &lines)
        case .ecs: AccessLogLine.appendECS(relay.exchange.facts, outcome, to: &lines)
        case .common: AccessLogLine.appendCommon(relay.exchange.facts, outcome, withAgent: false, to: &lines)
        case .combined: AccessLogLine.appendCommon(relay.exchange.facts, outcome, withAgent: true, to: &lines)
        case .text, .off: AccessLogLine.appendText(relay.exchange.facts, outcome, to: &lines)
        }
        if lines.count >= Self.limit { flush() }
    }

    mutating func flush() {
        guard let sink, !lines.isEmpty else { return }
        sink.write(lines)
        lines.clear()
    }
}
