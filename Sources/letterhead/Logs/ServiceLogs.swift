import Logging
import ProxyCore
import ProxyTransport

/// Where the process writes while it serves: the access log on standard output, what it says of itself on standard error. Neither is
/// ever waited for, but for a moment at the end.
struct ServiceLogs: Sendable {
    let access: LogSink
    private let own: LogSink

    /// From now on standard error goes here.
    init() {
        own = LogSink(descriptor: 2, limit: 1 << 20) { trouble in
            // While it lasts there is nowhere to say it, nor at the end.
            guard case .ended(let lines) = trouble else { return }
            Self.logger.warning("log lines were lost", metadata: ["lines": "\(lines)"])
        }
        // One writer where both are one pipe or file: two would write into each other's lines.
        access =
            StandardStreams.areOne(1, 2)
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
    }

    /// Of standard error.
    var droppedLines: Int { own.droppedBlocks }

    private static let logger = Logger(label: "letterhead") { _ in JSONLogHandler() }
}
