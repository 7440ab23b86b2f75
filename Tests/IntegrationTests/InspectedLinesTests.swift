import Foundation
import TestSupport
import Testing

/// The inspector shows each line that came and each that left, whoever took it away or wrote it again.
@Suite struct InspectedLinesTests {
    private static let answer =
        "HTTP/1.1 200 OK\r\nX-A: 1\r\nAccess-Control-Allow-Origin: https://app.example\r\n"
        + "Access-Control-Allow-Origin: https://app.example\r\nConnection: X-Hop, X-Api-Key\r\nX-Hop: h\r\nX-Api-Key: geheim\r\n"
        + "X-Kept: k\r\nContent-Length: 2\r\n\r\nok"

    @Test func lines() throws {
        let stand = try Stand(
            """
            admin: 127.0.0.1:0
            inspector: {}
            response_headers:
              - set: { X-A: "1" }
              - cors: { allow_origins: [https://app.example] }
            """, answers: ["/": Self.answer])
        let response = try stand.ask(Ask(fields: [("Origin", "https://app.example")]), .http1).response
        #expect(response.fields.all("X-Hop") == [] && response.fields.all("X-Kept") == ["k"])
        let client = try ChildProcess("curl", ["-sN", "--noproxy", "*", stand.proxy.adminURL + "/inspector/events"])
        defer { client.stop() }
        let seen = try client.line(.output) { line -> [String: Any]? in
            guard line.hasPrefix("data: "), line.contains("X-Kept") else { return nil }
            return try? JSONSerialization.jsonObject(with: Data(line.dropFirst(6).utf8)) as? [String: Any]
        }
        let lines = try #require((seen["response"] as? [String: Any])?["lines"] as? [[String: Any]]).map { line in
            let by = (line["by"] as? String ?? "").prefix { $0 != "[" }.trimmingCharacters(in: .whitespaces)
            return "\(line["kind"] ?? "") \(line["name"] ?? ""): \(line["value"] ?? "")" + (by.isEmpty ? "" : ", \(by)")
        }
        let origin = "Access-Control-Allow-Origin: https://app.example"
        #expect(
            lines.filter { !$0.contains(" Date: ") } == [
                "removed Connection: X-Hop, X-Api-Key, the proxy", "removed X-Hop: h, the proxy",
                "removed X-Api-Key: [redacted], the proxy", "removed X-A: 1, rule 1", "removed \(origin), rule 2, cors",
                "removed \(origin), rule 2, cors", "kept X-Kept: k", "kept Content-Length: 2", "added X-A: 1, rule 1",
                "added \(origin), rule 2, cors", "added Vary: Origin, rule 2, cors",
            ])
    }
}
