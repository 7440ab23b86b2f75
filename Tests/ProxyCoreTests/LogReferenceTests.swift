import Foundation
import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

/// config/reference/logging.md names the fields of the access log, and no others.
@Suite struct LogReferenceTests {
    @Test(arguments: ["log fields", "ecs fields", "text fields"])
    func everyFieldIsDocumented(_ table: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        let text = try String(contentsOf: root.appending(path: "config/reference/logging.md"), encoding: .utf8)
        let rows = try #require(text.components(separatedBy: "<!-- \(table) -->\n").last)
            .split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("|") }
        let documented = rows.dropFirst(2).flatMap { row in
            row.split(separator: "|")[0].matches(of: /`([^`]+)`/).map { String($0.1) }
        }
        var facts = AccessLogLineTests.facts(
            "/",
            [
                "User-Agent: a", "Referer: b", "Origin: https://c.example", "Access-Control-Request-Method: PUT",
                "Access-Control-Request-Headers: x",
            ])
        facts.upstream = bytes("app")
        facts.reason = .noRoute
        facts.traceparent = bytes("00-11111111111111111111111111111111-2222222222222222-00")
        facts.tlsVersion = bytes("TLSv1.3")
        facts.tlsCipher = bytes("x")
        facts.tlsServerName = bytes("y")
        var outcome = AccessLogLineTests.outcome()
        outcome.upstreamDuration = 1
        outcome.upstreamAddress = bytes("127.0.0.1:1")
        outcome.retries = 1
        outcome.route = bytes("r")
        outcome.status = 500
        outcome.isTraced = true
        outcome.responseFault = "duplicate_coding"
        outcome.refusal = ResponseHead().refusal(of: facts.request)
        var line = bytes("")
        if table == "text fields" {
            AccessLogLine.appendText(facts, outcome, to: &line)
            let names = String(decoding: line, as: UTF8.self).matches(of: #/ ([a-z_]+)=/#).map { String($0.1) }
            #expect(Set(documented) == Set(names) && documented.count == names.count, "\(names)")
            return
        }
        if table == "log fields" {
            AccessLogLine.appendJSON(facts, outcome, to: &line)
        } else {
            AccessLogLine.appendECS(facts, outcome, to: &line)
        }
        let json = try #require(JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
        #expect(Set(documented) == Set(json.keys))
        #expect(documented.count == json.count, "none twice")
    }
}
