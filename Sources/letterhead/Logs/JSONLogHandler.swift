import EventLoop
import Logging
import ProxyCore

/// Writes one JSON object per line: `time`, `level`, `message`, then the metadata.
struct JSONLogHandler: LineLogHandler {
    var metadata: Logger.Metadata = [:]

    func line(_ event: LogEvent, _ metadata: [(key: String, value: Logger.Metadata.Value)]) -> String {
        var line = "{\"time\":\"\(Self.now())\",\"level\":\"\(event.level)\""
        line += ",\"message\":\(Redaction.text(event.message.description).jsonQuoted)"
        for (key, value) in metadata {
            line += ",\(key.jsonQuoted):\(Redaction.text(value.description).jsonQuoted)"
        }
        return line + "}"
    }

    /// The current time in UTC, in the form of RFC 3339.
    private static func now() -> String {
        var text: [UInt8] = []
        text.append(timestamp: WallClock.unixMilliseconds())
        return String(decoding: text, as: UTF8.self)
    }
}
