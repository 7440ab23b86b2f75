import Logging
import ProxyCore

/// One line for people on standard error: the message, then the metadata, without secrets.
struct TextLogHandler: LogHandler {
    var logLevel: Logger.Level {
        get { LogLevel.value }
        set {}
    }
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let details = all.map { " \($0.key)=\($0.value.description.quoted)" }.joined()
        StandardError.write(Redaction.text("letterhead: \(event.level): \(event.message)\(details)") + "\n")
    }
}
