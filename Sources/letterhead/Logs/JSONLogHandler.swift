import Foundation
import Logging
import ProxyCore

/// One JSON object a line on standard error: `time`, `level`, `message`, then the metadata. The level is the process's.
struct JSONLogHandler: LogHandler {
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
        var line = "{\"time\":\"\(Date.now.formatted(.iso8601))\",\"level\":\"\(event.level)\""
        line += ",\"message\":\(event.message.description.quoted)"
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            line += ",\(key.quoted):\(value.description.quoted)"
        }
        StandardError.write(line + "}\n")
    }
}
