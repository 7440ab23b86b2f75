import Foundation
import TestSupport
import Testing

/// Recordings on the command line: what a real browser recorded is told as its page saw it, and becomes findings and tests.
@Suite struct RecordingTests {
    private struct Told: Decodable {
        struct Entry: Decodable {
            var entry: Int
            var method: String
            var url: String
            var kind: String
            var failure: String?
            var reason: String
        }
        var entries: [Entry]
    }

    private struct Visit: Decodable { var saw: [String: String] }

    static func recording(_ name: String) -> String { "\(Places.repository)/Tests/DiagnosisTests/HAR/Recordings/\(name)" }

    /// In a folder of its own, where no configuration is found.
    static func run(_ arguments: [String], input: [UInt8] = []) throws -> Finished {
        let folder = Places.scratch("recordings")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try TestSupport.run(Places.letterhead, arguments, folder: folder, input: input)
    }

    /// Chromium makes 30 fetches now: `explain` says of each what its page saw, for people and for programs.
    @Test func saysWhatChromiumSaw() throws {
        let finished = try TestSupport.run(Places.python("python"), [Places.integration("clients/har.py")], within: 90)
        let visit = try JSONDecoder().decode(Visit.self, from: Data(finished.output))
        let whole = try #require(try JSONSerialization.jsonObject(with: Data(finished.output)) as? [String: Any])
        let har = Array(try JSONSerialization.data(withJSONObject: try #require(whole["har"])))
        let json = try Self.run(["explain", "--har", "-", "--format", "json"], input: har)
        let told = try JSONDecoder().decode(Told.self, from: Data(json.output))
        #expect(visit.saw.count == 30 && json.status == 1, "\(json.errors)")
        for (name, saw) in visit.saw {
            let entry = told.entries.last { $0.url.hasSuffix("/x?\(name)") && $0.method != "OPTIONS" }
            #expect(entry?.kind == saw, "\(name): \(entry?.reason ?? "not there")")
        }
        let text = try Self.run(["explain", "--har", "-"], input: har)
        #expect(text.text.split(separator: "\n").count == told.entries.count + 1)
        for secret in ["a-token-of-a-page", "a-cookie-of-the-api"] { #expect(!(text.text + json.text).contains(secret)) }
    }

    @Test func oneEntry() throws {
        let one = try Self.run(["explain", "--har", Self.recording("chromium.har"), "--url", "*no-yes"])
        #expect(one.status == 1 && one.text.contains("it has no Access-Control-Allow-Credentials"), "\(one.text)")
        #expect(
            one.text.contains("LD024") && one.text.contains("supports_credentials=True")
                && one.text.contains("session=[redacted]"))
        let preflight = try Self.run(["explain", "--har", Self.recording("chromium.har"), "--url", "method"])
        #expect(preflight.text.contains("2 entries: 2 refused"))
        let unmet = try Self.run(["explain", "--har", Self.recording("chromium.har"), "--url", "/zzz"])
        #expect(unmet.status == 2 && unmet.text.isEmpty && unmet.errors.contains("no entry of "), "\(unmet)")
        let none = try Self.run(["explain", "--har", Self.recording("chromium.har"), "--entry", "900"])
        #expect(none.status == 2 && none.errors.contains("there is no entry 900"))
    }

    /// With a configuration: what its policy would have sent.
    @Test func withAPolicy() throws {
        let file = Places.scratch("policy.yaml")
        try """
        listen: 127.0.0.1:0
        upstreams: { app: http://127.0.0.1:1 }
        response_headers:
          - cors: { allow_origins: ["http://127.0.0.1:*"], allow_credentials: true, allow_methods: [GET, PUT, PATCH], allow_headers: [echo] }
          - set: { X-Frame-Options: DENY }
        """.write(toFile: file, atomically: true, encoding: .utf8)
        let har = Self.recording("mitmproxy.har")
        let all = try Self.run(["explain", "--har", har, "--config", file])
        let missing = all.text.split(separator: "\n").first { $0.contains("/x?missing") }
        #expect(missing?.contains("policy  readable +Access-Control-Allow-Origin") ?? false, "\(all.text)")
        #expect(missing?.contains("+X-Frame-Options") ?? false)
        let one = try Self.run(["explain", "--har", har, "--config", file, "--url", "*preflight-404"])
        #expect(one.status == 0 && one.text.contains("LD011") && one.text.contains("can read this response"), "\(one.text)")

        let tests = try Self.run(["test", "--from-har", har, "--config", file])
        let path = Places.scratch("recorded.test.yaml")
        try tests.text.write(toFile: path, atomically: true, encoding: .utf8)
        let ran = try Self.run(["test", "--config", file, path])
        // Those that could not be read then can be now.
        #expect(ran.text.contains(#/\d+ of \d+ tests passed/#) && ran.errors.isEmpty, "\(ran.text)\(ran.errors)\(tests.text)")
        #expect(ran.text.contains("failed GET /api/x from") && tests.text.contains("verdict: allow_origin_missing"))
        #expect(!tests.text.contains("a-token-of-a-page"))
    }

    @Test func doctor() throws {
        let found = try Self.run(["doctor", "--har", Self.recording("chromium.har")])
        for code in ["LD002", "LD010", "LD011", "LD012", "LD013", "LD014", "LD020", "LD021", "LD022", "LD023", "LD024"] {
            #expect(found.text.contains("[\(code)]"), "\(code): \(found.text)")
        }
        #expect(found.status == 1 && found.text.contains("entr"))
        let json = try Self.run(["doctor", "--har", Self.recording("mitmproxy.har"), "--format", "json"])
        let list = try JSONSerialization.jsonObject(with: Data(json.output)) as? [[String: Any]]
        #expect(list?.contains { $0["code"] as? String == "LD024" && $0["count"] as? Int == 1 } ?? false, "\(json.text)")
    }

    /// What is broken gives what stands before the break, and says so.
    @Test(arguments: [
        (["explain"], 20_000, "it ends in the middle, in entry"), (["doctor"], 20_000, "it ends in the middle, in entry"),
        (["test", "--from-har"], 20_000, "it ends in the middle, in entry"), (["explain"], 0, "it is empty"),
    ])
    func broken(_ command: [String], _ length: Int, _ words: String) throws {
        let har = try Data(contentsOf: URL(filePath: Self.recording("chromium.har"))).prefix(length)
        let arguments = command.count == 1 ? command + ["--har"] : command
        let finished = try Self.run(arguments + ["-"], input: Array(har))
        #expect(finished.status == 2 && finished.errors.contains(words), "\(finished.errors)")
        #expect(finished.text.isEmpty == (length == 0))
    }

    @Test(arguments: [
        ["explain", "--har", "x.har", "--live"], ["explain", "--entry", "1"], ["explain", "--har", "x.har", "--entry", "0"],
        ["doctor", "--har", "x.har", "https://a.example"], ["doctor", "http://a.example"], ["test"],
        ["test", "x", "--from-har", "y"], ["explain", "--har", "not-there.har"], ["explain", "https://a.example", "--har", "x"],
    ])
    func badUsage(_ arguments: [String]) throws {
        let finished = try Self.run(arguments)
        #expect(finished.status == 2 && !finished.errors.isEmpty && finished.text.isEmpty)
    }

    /// A live server, and no configuration.
    @Test func liveServer() throws {
        let origin = try RawOrigin { request in
            request.method == "OPTIONS"
                ? "HTTP/1.1 204 No\r\nAccess-Control-Allow-Origin: https://app.example\r\nAccess-Control-Allow-Methods: PUT\r\n\r\n"
                : "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: https://app.example\r\nSet-Cookie: sid=a-secret-of-it\r\nContent-Length: 2\r\n\r\nok"
        }
        let url = "http://127.0.0.1:\(origin.port)/items"
        let good = try Self.run(["explain", url, "--origin", "https://app.example", "--method", "PUT"])
        #expect(good.status == 0 && good.text.contains("The page at https://app.example can read this response"), "\(good.text)")
        #expect(good.text.contains("preflight  OPTIONS \(url)") && good.text.contains("A preflight was needed for PUT"))
        #expect(good.text.contains("readers  Pages of https://app.example") && !good.text.contains("a-secret-of-it"))
        let bad = try Self.run(["explain", url, "--origin", "https://b.example", "--format", "json"])
        let told = try JSONSerialization.jsonObject(with: Data(bad.output)) as? [String: Any]
        #expect(
            bad.status == 1 && (told?["verdict"] as? [String: Any])?["failure"] as? String == "allow_origin_differs",
            "\(bad.text)")
        #expect(((told?["findings"] as? [[String: Any]])?.first?["code"] as? String) == "LD022")
        let broken = try RawOrigin { connection, _, origin in
            _ = try origin.request(on: connection)
            try connection.send("HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 100\r\n\r\nhello")
        }
        let cut = try Self.run(["explain", "http://127.0.0.1:\(broken.port)/", "--origin", "https://app.example"])
        #expect(cut.status == 1 && cut.text.contains("fails to read the body") && cut.text.contains("LD004"), "\(cut.text)")
        let nobody = try Self.run(["explain", url])
        #expect(nobody.status == 0 && nobody.text.contains("No page asks") && nobody.text.contains("readers"))
        let dead = try Self.run(["explain", "http://127.0.0.1:\(try DeadPort().port)/", "--origin", "https://app.example"])
        #expect(dead.status == 1 && dead.text.contains("There is no answer from") && dead.text.contains("LD001"), "\(dead.text)")
    }

    /// What passes is written until the command is told to end, without secrets; and read again.
    @Test func records() throws {
        let stand = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            admin: 127.0.0.1:0
            inspector: {}
            access_log: json
            workers: 1
            response_headers:
              - cors: { allow_origins: [https://app.example] }
              - set: { X-Api-Token: a-token-of-the-proxy }
            routes: [{ path: /gone, respond: 410 }, { respond: 200 }]
            """)
        _ = try stand.fetch("/before")
        let file = Places.scratch("traffic.har")
        let admin = "127.0.0.1:\(stand.adminPort ?? 0)"
        let command = try ChildProcess(Places.letterhead, ["record", "--out", file, "--address", admin])
        _ = try command.line(.error) { $0.contains("recording what passes") ? true : nil }
        let fields = ["-H", "Origin: https://app.example", "-H", "Cookie: a=a-cookie-of-a-client"]
        _ = try stand.fetch("/gone?token=in-the-query", .http1, fields)
        _ = try stand.fetch("/other", .http2, ["-H", "Origin: https://b.example"])
        _ = try stand.accessLog(["path": "/other"])
        command.signal(SIGINT)
        _ = try command.waitForExit()
        #expect(command.text(.output).contains("2 exchanges"), "\(command.text(.error))")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        for secret in ["in-the-query", "a-cookie-of-a-client", "a-token-of-the-proxy"] { #expect(!text.contains(secret)) }
        let har = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [String: Any]]
        #expect((har?["log"]?["entries"] as? [Any])?.count == 2)
        let told = try Self.run(["explain", "--har", file, "--format", "json"])
        let entries = try JSONDecoder().decode(Told.self, from: Data(told.output)).entries
        #expect(entries.map(\.failure) == ["allow_credentials_missing", "allow_origin_missing"], "\(told.text)")

        let limited = try ChildProcess(Places.letterhead, ["record", "--out", file, "--address", admin, "--entries", "1"])
        _ = try limited.line(.error) { $0.contains("recording what passes") ? true : nil }
        _ = try stand.fetch("/one")
        _ = try limited.waitForExit()
        #expect(limited.text(.output).contains("1 exchange, as many as may be"))
        let kept = try TestSupport.fetch(stand.adminURL + "/inspector/har").text
        #expect(kept.contains("/before") && kept.hasPrefix("{\"log\":"))
    }

    /// Without an inspector there is nothing to record, and nobody to ask is said as well.
    @Test func nothingToRecord() throws {
        let proxy = try ProxyProcess("listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nroutes: [{ respond: 200 }]\n")
        let file = Places.scratch("nothing.har")
        let off = try Self.run(["record", "--out", file, "--address", "127.0.0.1:\(proxy.adminPort ?? 0)"])
        #expect(off.status == 1 && off.errors.contains("inspector: {}"), "\(off.errors)")
        let dead = try Self.run(["record", "--out", file, "--address", "127.0.0.1:\(try DeadPort().port)"])
        #expect(dead.status == 1 && dead.errors.contains("no answer"))
        #expect(!FileManager.default.fileExists(atPath: file))
    }
}
