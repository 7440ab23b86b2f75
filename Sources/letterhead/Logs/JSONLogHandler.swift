import Logging
import ProxyCore
import ProxyTransport

/// One JSON object a line on standard error: `time`, `level`, `message`, then the metadata, without secrets. The level is the process's.
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
        var line = "{\"time\":\"\(Self.now())\",\"level\":\"\(event.level)\""
        line += ",\"message\":\(Redaction.text(event.message.description).jsonQuoted)"
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            line += ",\(key.jsonQuoted):\(Redaction.text(value.description).jsonQuoted)"
        }
        StandardError.write(line + "}\n")
    }

    /// RFC 3339, UTC.
    private static func now() -> String {
        var text: [UInt8] = []
        text.append(timestamp: WallClock.unixMilliseconds())
        return String(decoding: text, as: UTF8.self)
    }
}
