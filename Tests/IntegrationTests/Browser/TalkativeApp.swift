import Foundation
import TestSupport

/// An app that does what the query of a request says (`own`, `status`, `preflight`, `to`) and tells what came.
enum TalkativeApp {
    /// The fields of its responses beside those of the body.
    static let names = ["Cache-Control", "X-Public", "X-Secret", "Set-Cookie"]

    static func start() throws -> RawOrigin { try RawOrigin(answering: answer) }

    static func body(method: String, hasCookie: Bool, custom: String?, contentType: String?, body: String) -> String {
        "\(method), cookie: \(hasCookie), custom: \(custom ?? "-"), type: \(contentType ?? "-"), body: \(body)\n"
    }

    @Sendable static func answer(_ request: RawRequest) -> String {
        let items = URLComponents(string: request.target)?.queryItems ?? []
        func value(_ name: String) -> String? { items.first { $0.name == name }?.value }
        let isPreflight = request.method == "OPTIONS" && request.fields["Access-Control-Request-Method"] != nil
        let status = value(isPreflight ? "preflight" : "status").flatMap { Int($0) } ?? (isPreflight ? 204 : 200)
        let own = value("own").flatMap { OwnAnswer(rawValue: $0) } ?? .silent
        var lines = own.fields(to: request.fields["Origin"] ?? "").map { "\($0.name): \($0.value)" }
        lines += ["Cache-Control: no-store", "X-Public: 1", "X-Secret: 1", "Set-Cookie: seen=1"]
        if let location = value("to"), !isPreflight { lines.append("Location: \(location)") }
        var text = ""
        if status != 204 {
            let cookies = request.fields.all("Cookie").joined(separator: "; ")
            text = body(
                method: request.method, hasCookie: cookies.contains("session="), custom: request.fields["X-Custom"],
                contentType: request.fields["Content-Type"], body: String(decoding: request.body, as: UTF8.self))
            lines += ["Content-Type: text/plain", "Content-Length: \(text.utf8.count)"]
        }
        if request.method == "HEAD" { text = "" }
        return "HTTP/1.1 \(status) Said\r\n\(lines.joined(separator: "\r\n"))\r\n\r\n\(text)"
    }
}
