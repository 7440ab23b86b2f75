import EventLoop
import Logging

/// The outputs of the process while it serves: the access log on standard output, its own log on standard error. Serving never
/// waits for either; only the end of the process does, for a moment.
struct ServiceLogs: Sendable {
    let access: LogSink
    private let own: LogSink

    /// Makes `StandardError` and `StandardOutput` write through these logs from now on.
    init() {
        let areOne = StandardStreams.areOne(1, 2)
        own = LogSink(descriptor: 2, limit: areOne ? LogSink.standardLimit : 1 << 20) { trouble in
            // While lines are being lost, there is nowhere to report it; nor is there at the end.
            guard case .ended(let lines) = trouble else { return }
            Self.logger.warning("log lines were lost", metadata: ["lines": "\(lines)"])
        }
        // If both are the same pipe or file, they share one writer, because two would write into each other's lines.
        access =
            areOne
            ? own
            : LogSink(descriptor: 1) { trouble in
                switch trouble {
                case .began(let cause):
                    Self.logger.error("the access log cannot be written: lines are lost", metadata: ["error": "\(cause)"])
                case .ended(let lines):
                    Self.logger.warning("the access log is written again", metadata: ["lost_lines": "\(lines)"])
                case .left(let lines):
                    Self.logger.error("the access log could not be written to its end", metadata: ["lost_lines": "\(lines)"])
                }
            }
        StandardError.use(own)
        StandardOutput.use(access)
    }

    /// Stops waiting for the reader of the access log, if some of it is left after the server has waited for that.
    func leave() {
        guard !access.isIdle else { return }
        StandardOutput.leave()
        StandardError.hurry()
    }

    /// The number of dropped blocks of lines on standard error. If standard output goes to the same place, those of the access
    /// log count, too.
    var droppedLines: Int { own.droppedBlocks }

    private static let logger = Logger(label: "letterhead") { _ in JSONLogHandler() }
}
