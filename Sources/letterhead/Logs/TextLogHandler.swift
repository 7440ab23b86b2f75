import Logging
import ProxyCore

/// Writes a readable line: the message, then the metadata.
struct TextLogHandler: LineLogHandler {
    var metadata: Logger.Metadata = [:]

    func line(_ event: LogEvent, _ metadata: [(key: String, value: Logger.Metadata.Value)]) -> String {
        let details = metadata.map { " \($0.key)=\($0.value.description.quoted)" }.joined()
        return Redaction.text("letterhead: \(event.level): \(event.message)\(details)")
    }
}
