import HTTPModel
import HeaderPolicy
package import ProxyCore

/// Writes exchanges that have passed as a HAR (HTTP Archive 1.2). Their secrets have been removed before, and bodies are never
/// looked at.
package enum HARWriter {
    /// The text before the entries, which are separated by commas; `foot` is the text after them.
    package static func head(version: String) -> String {
        "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"Letterhead\",\"version\":\(version.jsonQuoted)},\"entries\":[\n"
    }
    package static let foot = "\n]}}\n"

    /// Returns an entry on one line.
    package static func entry(_ exchange: InspectedExchange) -> String {
        let milliseconds = exchange.microseconds / 1_000
        let wait = min(milliseconds, (exchange.upstreamMicroseconds ?? exchange.microseconds) / 1_000)
        var members: [(String, JSONText)] = [
            ("startedDateTime", .text(date(exchange.unixMilliseconds))), ("time", .number(milliseconds)),
            ("request", request(exchange)), ("response", response(exchange)), ("cache", .object([])),
            (
                "timings",
                .object([("send", .number(0)), ("wait", .number(wait)), ("receive", .number(milliseconds - wait))])
            ),
            ("_requestId", .text(exchange.requestID)), ("_client", .text(exchange.client)),
            ("_madeBy", .text(exchange.source == .upstream ? "app" : "proxy")),
            ("_reason", .text(exchange.reason?.rawValue ?? "")),
            ("_upstream", .text(exchange.upstream)), ("_upstreamAddress", .text(exchange.upstreamAddress)),
        ]
        // The word of browsers' recordings.
        if exchange.isWebSocket { members.append(("_resourceType", .text("websocket"))) }
        return JSONText.object(members).compact
    }

    private static func request(_ exchange: InspectedExchange) -> JSONText {
        let isPath = exchange.target.hasPrefix("/")
        let query = exchange.target.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
        return .object([
            ("method", .text(exchange.method)),
            ("url", .text("\(exchange.scheme.text)://\(exchange.authority)\(isPath ? exchange.target : "/")")),
            ("httpVersion", .text(exchange.version.text)), ("cookies", .list([])), ("headers", .fields(exchange.requestFields)),
            (
                "queryString",
                .fields(
                    query.split(separator: "&").map { pair in
                        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                        return FieldText(parts[0], parts.count > 1 ? parts[1] : "")
                    })
            ),
            ("headersSize", .number(-1)), ("bodySize", .number(exchange.requestBytes)),
        ])
    }

    private static func response(_ exchange: InspectedExchange) -> JSONText {
        let lines = (exchange.responseTrace?.after ?? []).map(\.field)
        let error: String? =
            exchange.status == nil
            ? "the client was gone before it was answered"
            : exchange.isBroken ? RecordedExchange.brokenOff + (exchange.reason?.rawValue ?? "") : nil
        return .object([
            ("status", .number(Int(exchange.status?.rawValue ?? 0))), ("statusText", .text(exchange.status?.reason ?? "")),
            ("httpVersion", .text(exchange.version.text)), ("cookies", .list([])), ("headers", .fields(lines)),
            (
                "content",
                .object([
                    ("size", .number(exchange.responseBytes)), ("mimeType", .text(lines.combined("Content-Type") ?? "")),
                ])
            ),
            ("redirectURL", .text(lines.combined("Location") ?? "")), ("headersSize", .number(-1)),
            ("bodySize", .number(exchange.responseBytes)),
            ("_error", .optional(error)),
        ])
    }

    /// Returns a time as `2026-01-31T08:05:00.250Z`.
    static func date(_ unixMilliseconds: Int) -> String {
        var text: [UInt8] = []
        text.append(timestamp: unixMilliseconds)
        return String(decoding: text, as: UTF8.self)
    }
}
