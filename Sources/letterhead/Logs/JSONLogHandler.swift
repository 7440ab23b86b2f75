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
        var line = "{\"time\":\"\(Self.now())\",\"level\":\"\(event.level)\""
        line += ",\"message\":\(Self.quoted(event.message.description))"
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            line += ",\(Self.quoted(key)):\(Self.quoted(value.description))"
        }
        StandardError.write(line + "}\n")
    }

    /// RFC 3339, UTC. Foundation's formatter would be a thirtieth of the time that starting takes.
    private static func now() -> String {
        var text: [UInt8] = []
        text.append(timestamp: Int(Date.now.timeIntervalSince1970 * 1_000))
        return String(decoding: text, as: UTF8.self)
    }

    private static func quoted(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let hex = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }
}
