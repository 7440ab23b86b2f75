import Foundation
import TestSupport
import Testing

/// What the commands say where they refuse: what is wrong, where, and what to write instead; and each ends with a newline.
@Suite struct MessageTests {
    private static let policy = """
        listen: 127.0.0.1:8080
        upstreams: { app: http://127.0.0.1:5000 }
        response_headers:
          - cors: { allow_origins: [https://app.example], allow_credentials: true }
          - set: { Content-Security-Policy: "default-src *" }

        """

    private static func file(_ text: String = policy) throws -> String {
        let file = Places.scratch("letterhead.yaml")
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        return file
    }

    /// A page's question that no browser asks is refused before anybody answers it.
    @Test(
        arguments: [
            (["--origin", "https://app.example/"], "not \"https://app.example/\": write https://app.example"),
            (["--origin", "app.example"], "not \"app.example\": write https://app.example"),
            (["--origin", "HTTPS://App.example:443"], "write https://app.example"), (["--origin", "*"], "has no wildcard"),
            (["--origin", "https://*.app.example"], "has no wildcard"),
            (["--origin", "localhost:3000"], "not \"localhost:3000\": write http://localhost:3000"),
            (["--origin", "127.0.0.1:3000"], "write http://127.0.0.1:3000"),
            (["--origin", ""], "--origin takes scheme, host and port"),
            (["--origin", "file:///x"], "--origin takes scheme, host and port"),
            (["--method", "G T"], "--method takes the name of one method, such as PUT, not \"G T\""),
            (["-X", ""], "--method takes"),
            (["--header", "Foo"], "--header takes `Name: value`, not \"Foo\""),
            (["--header", "Fo o: b"], "\"Fo o\" is not the name of a header"),
            (["--header", ":authority: x"], "is not the name of a header"),
            (["--header", "X-A: a\nb"], "a line break or another control is in it"),
        ], ["explain", "doctor"])
    func questions(_ one: (arguments: [String], words: String), _ command: String) throws {
        let rest = command == "doctor" ? ["http://127.0.0.1:1/"] : ["--config", try Self.file()]
        let origin = command == "doctor" && !one.arguments.contains("--origin") ? ["--origin", "https://app.example"] : []
        try refuses([command] + rest + origin + one.arguments, one.words)
    }

    @Test(arguments: [
        (["--status", "99"], "--status takes 200 to 599, `down` or `timeout`, not \"99\""), (["--status", "600"], "not \"600\""),
        (["--status", "ok"], "not \"ok\""), (["--preflight-status", "1000"], "--preflight-status takes 200 to 599, not 1000"),
        (["--client", "here"], "--client takes an IP address without a port, such as 203.0.113.7, not \"here\""),
        (["--client", "127.0.0.1:80"], "without a port"),
        (["--listener", "2"], "--listener takes 1, the only one there is, not 2"),
        (["--url", "items"], "--url takes a path such as /api/users"), (["--url", "ftp://x/"], "a URL of http or https"),
        (["--url", "http://a b/"], "a URL of http or https"),
        (["--response-header", "x"], "--response-header takes `Name: value`"),
        (["--mode", "x"], "write cors, no-cors or navigate"), (["letterhead.yaml"], "not \"letterhead.yaml\""),
        (["--http", "3"], "write 1.0, 1.1 or 2"), (["--listener", "x"], "write a whole number"),
        (["Vary", "--url", "/"], "\"Vary\" is not the URL of a server: explain takes"),
        (["http://127.0.0.1:1/", "--url", "/"], "Error: explain takes the URL of a live server, or --url /path"),
        (["--live", "--status", "500"], "--live asks the real app: leave out --status"),
        (["--live", "--preflight-status", "404"], "--live asks the real app: leave out --preflight-status"),
    ])
    func explain(_ arguments: [String], _ words: String) throws {
        try refuses(["explain", "--config", try Self.file()] + arguments, words)
    }

    @Test(arguments: [
        (["check", "x.yml"], "did you mean `--config x.yml`?"), (["proxy", "flask", "--debug"], "stands behind `--`"),
        (["check", "--config", "/nowhere.yaml"], "/nowhere.yaml:1:1: error: cannot read the configuration: No such file"),
        (["import", "nginx", "/nowhere"], "cannot read /nowhere: No such file"), (["test", "/nowhere"], "there is no /nowhere"),
        (["import", "apache", "x"], "there is no command `apache`"),
        (["init", "--from", "x", "-"], "--from takes a URL of http or https, not \"x\": write http://x"),
        (["proxy", "http://127.0.0.1:1", "--set", "x"], "--set takes `Name: value`"),
        (["test"], "there is no letterhead.test.yaml"), (["test", "x", "--from-har", "y"], "leave out x"),
        (["doctor", "http://127.0.0.1:1/", "--har", "x"], "a server, by its URL, or a recording"),
        (["explain", "http://127.0.0.1:1/", "--status", "500"], "a URL alone is really asked: leave out --status"),
        (["explain", "http://127.0.0.1:1/", "--listener", "2", "--client", "10.0.0.1"], "leave out --client, --listener"),
        (["explain", "http://127.0.0.1:1/", "--preflight-status", "404"], "leave out --preflight-status"),
        (["explain", "--har", "x", "--response-header", "X-A: 1"], "a recording has its answers: leave out --response-header"),
        (["csp", "suggest", "--against", "scrpt-src 'self'"], "there is no directive `scrpt-src`, so browsers ignore it"),
        (["doctor", "http://127.0.0.1:1/", "--origin", "null", "--timeout", "soon"], "write 5s or 500ms"),
        (["doctor", "http://127.0.0.1:1/", "--origin", "null", "--timeout", "20m"], "--timeout takes 1ms to 600s, not 1200s"),
        (["import", "flask-cors", "/dev/null", "--upstream", "app:web"], "--upstream: a port is 1 to 65535, not `web`"),
        (["proxy", "http://127.0.0.1:1/x"], "an upstream's address has no path\nhelp: write `http://127.0.0.1:1`"),
        (["check", "--config", "/"], "Is a directory\nhelp: name the file in that folder"),
        (["check", "--format", "sarif", "--grade"], "a SARIF report has findings alone"),
        (["check", "--format", "sarif", "--print"], "a SARIF report has findings alone"),
    ])
    func others(_ arguments: [String], _ words: String) throws { try refuses(arguments, words) }

    private func refuses(_ arguments: [String], _ words: String) throws {
        let finished = try run(Places.letterhead, arguments)
        #expect(finished.status == 2 && finished.text.isEmpty && finished.errors.contains(words), "\(finished.errors)")
        #expect(finished.errors.hasSuffix("\n") && !finished.errors.hasSuffix("\n\n"))
    }

    /// One error or several, of a file that does not load or loads with findings.
    @Test(
        arguments: [
            "upstreams: { app: http://127.0.0.1:1 }\nworkers: many\nadmin: x\n", "a: [", "",
        ], ["check", "run", "explain"])
    func errorsEndWithANewline(_ text: String, _ command: String) throws {
        let finished = try run(Places.letterhead, [command, "--config", try Self.file(text)])
        #expect(
            finished.status == 2 && finished.errors.hasSuffix("\n") && !finished.errors.hasSuffix("\n\n"), "\(finished.errors)")
    }

    @Test func jsonHasWhatIsAskedFor() throws {
        let file = try Self.file()
        let findings = try run(Places.letterhead, ["check", "--config", file, "--format", "json"]).text
        let alone = try #require(JSONSerialization.jsonObject(with: Data(findings.utf8)) as? [[String: Any]])
        #expect((alone.first?["reference"] as? String)?.hasPrefix("https://") == true)
        let all = try run(Places.letterhead, ["check", "--config", file, "--format", "json", "--print", "--grade"]).text
        let object = try #require(JSONSerialization.jsonObject(with: Data(all.utf8)) as? [String: Any])
        #expect((object["findings"] as? [Any])?.count == alone.count)
        let grades = try #require((object["grades"] as? [String: Any])?["routes"] as? [[String: Any]])
        let text = try run(Places.letterhead, ["check", "--config", file, "--print", "--grade"]).text
        #expect(text.contains(": \(grades[0]["grade"] as? String ?? "?") (\(grades[0]["points"] as? Int ?? -1))"), "\(text)")
        let routes = try #require((object["policy"] as? [String: Any])?["routes"] as? [[String: Any]])
        let listeners = try #require(routes[0]["listeners"] as? [[String: Any]])
        let rules = try #require(listeners[0]["response"] as? [[String: Any]])
        #expect(rules.count == 2 && rules.allSatisfy { text.contains($0["text"] as? String ?? "?") })
    }
}
