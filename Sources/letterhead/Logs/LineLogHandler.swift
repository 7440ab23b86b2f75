import Logging

/// A log handler that writes one line per event to standard error, at the process's log level.
protocol LineLogHandler: LogHandler {
    /// The line without its end and without secrets; `metadata` is everything that belongs to the event, by key.
    func line(_ event: LogEvent, _ metadata: [(key: String, value: Logger.Metadata.Value)]) -> String
}

extension LineLogHandler {
    var logLevel: Logger.Level {
        get { LogLevel.value }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        StandardError.write(line(event, all) + "\n")
    }
}
