import Diagnosis
import EventLoop
import Foundation
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import TestSupport
import Testing

@testable import letterhead

/// `letterhead init`: a first file that passes `check`, whatever the app says.
@Suite struct InitTests {
    private static func findings(
        _ page: [(String, String)], stranger: [(String, String)] = [], preflight: [(String, String)]? = nil,
        error: [(String, String)] = []
    ) -> AppFindings {
        func response(_ status: Int, _ fields: [(String, String)]) -> FetchResponse {
            FetchResponse(status: status, fields: fields.map { FieldText($0.0, $0.1) })
        }
        var findings = AppFindings(page: response(200, page), origin: "http://localhost:3000")
        findings.stranger = response(200, stranger)
        findings.preflight = response(preflight == nil ? 405 : 200, preflight ?? [])
        findings.error = response(404, error)
        return findings
    }

    private static func text(_ findings: AppFindings?, _ change: (inout InitAnswers) -> Void = { _ in }) -> (
        text: String, errors: [String]
    ) {
        var answers = InitAnswers()
        change(&answers)
        var draft = answers.draft(findings)
        let errors = draft.settle(file: "letterhead.yaml")
        return (draft.text, errors)
    }

    private static let origin = "Access-Control-Allow-Origin"

    /// An app that refuses a preflight and says what it allows is not opened further.
    @Test func refusalsThatList() {
        var found = Self.findings([(Self.origin, "http://localhost:3000"), ("Access-Control-Allow-Credentials", "true")])
        found.preflight = FetchResponse(
            status: 400,
            fields: [FieldText(Self.origin, "http://localhost:3000"), FieldText("Access-Control-Allow-Methods", "GET, POST")])
        let text = Self.text(found).text
        #expect(text.contains("allow_methods: [GET, POST]") && text.contains("preflight with 400, and lists"), "\(text)")
        #expect(!text.contains("allow_headers: echo"), "\(text)")
    }

    /// What an app sends, and what stands in the file for it.
    @Test(
        arguments: [
            ([], [], nil, ["# - cors:", "The app sends no CORS headers"]),
            ([(origin, "*")], [(origin, "*")], nil, ["- \"*\"", "lets every page", "preflight with 405, without a yes"]),
            (
                [(origin, "http://localhost:3000"), ("Access-Control-Allow-Credentials", "true")],
                [(origin, "https://stranger.example")], nil,
                ["- \"http://localhost:3000\"", "strangers included", "allow_credentials: true", "Its 404 has no such header"]
            ),
            (
                [(origin, "https://app.example")], [],
                [
                    (origin, "https://app.example"), ("Access-Control-Allow-Methods", "GET, PUT"),
                    ("Access-Control-Allow-Headers", "Authorization , Content-Type"), ("Access-Control-Max-Age", "600"),
                ],
                [
                    "- \"https://app.example\"", "allow_methods: [GET, PUT]", "allow_headers: [Authorization, Content-Type]",
                    "max_age: 600s",
                ]
            ),
            (
                [(origin, "https://app.example"), ("access-control-expose-headers", "X-A,X-B")], [],
                [(origin, "https://app.example"), ("Access-Control-Allow-Headers", "content-type, x-letterhead-init")],
                ["allow_headers: echo", "expose_headers: [X-A, X-B]", "whatever request headers"]
            ),
            ([(origin, "https://a.example"), (origin, "https://b.example")], [], nil, ["2 times", "- \"https://a.example\""]),
        ] as [([(String, String)], [(String, String)], [(String, String)]?, [String])])
    func cors(
        _ page: [(String, String)], _ stranger: [(String, String)], _ preflight: [(String, String)]?, _ words: [String]
    ) {
        let (text, errors) = Self.text(Self.findings(page, stranger: stranger, preflight: preflight))
        #expect(errors == [])
        for word in words { #expect(text.contains(word), "\(word): \(text)") }
    }

    /// Methods that an app writes otherwise than browsers send them; the file is good whatever the options say.
    @Test(arguments: [
        ("get,post,delete", "[GET, POST, DELETE]", "It allows get, post, delete, which"),
        ("GET, Patch, PATCH", "[GET, PATCH]", "It allows Patch, which"), ("GET, G T, x:y", "[GET]", "no method: G T, x:y"),
        ("get, *", "[GET, \"*\"]", "It allows get, which"), ("report", "[report]", "lets in"),
    ])
    func methods(_ written: String, _ list: String, _ reason: String) {
        let allowed = [(Self.origin, "https://app.example")]
        let app = Self.findings(allowed, preflight: allowed + [("Access-Control-Allow-Methods", written)])
        for origins in [[], ["https://app.example"]] {
            let (text, errors) = Self.text(app) { $0.origins = origins }
            #expect(errors == [] && text.contains("allow_methods: \(list)") && text.contains(reason), "\(text)")
        }
    }

    @Test func others() {
        let app = Self.findings([
            ("Server", "Werkzeug/3.1.8"), ("X-Powered-By", "Flask"), ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "no-referrer"),
            ("Content-Security-Policy", "default-src 'self'; report-uri /{$x}"), ("Set-Cookie", "session=1; Path=/"),
            ("Set-Cookie", "csrftoken=1; SameSite=Lax"), ("Set-Cookie", "both=1; httponly ;  SameSite = Lax"),
            ("Permissions-Policy", "x 'nonce-1'"),
        ])
        let (text, errors) = Self.text(app)
        #expect(errors == [])
        for line in [
            "  - set: { X-Frame-Options: \"DENY\" }\n    if: absent", "  - set: { Referrer-Policy: \"no-referrer\" }",
            "  - set: { Content-Security-Policy: \"default-src 'self'; report-uri /{{$$x}}\" }",
            "  - set: { X-Content-Type-Options: nosniff }",
            "  - cookies: { names: [\"session\"], http_only: true }", "  - cookies: { names: [\"session\"], same_site: Lax }",
            "  - remove: [Server, X-Powered-By]", "(Server: Werkzeug/3.1.8; X-Powered-By: Flask)", "nonce",
        ] { #expect(text.contains(line), "\(line): \(text)") }
        #expect(text.components(separatedBy: "X-Frame-Options:").count == 2, "said once")
        #expect(!text.contains("Permissions-Policy: \""))
        let (bare, none) = Self.text(nil)
        #expect(none == [] && bare.contains("  - remove: [Server, X-Powered-By]") && bare.contains("\n  # - cors:\n"))
    }

    /// An app may send anything: what cannot stand in a file stands in a comment, and the file is good.
    @Test(arguments: ProxyPolicyTests.hostile.indices)
    func hostileApps(_ index: Int) {
        let value = ProxyPolicyTests.hostile[index]
        let names = [
            "Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers",
            "Access-Control-Expose-Headers",
            "Access-Control-Max-Age", "Server", "Content-Security-Policy", "Set-Cookie", "X-Frame-Options",
            "Strict-Transport-Security",
        ]
        for name in names {
            let fields = [("Access-Control-Allow-Origin", "https://a.example"), ("Access-Control-Allow-Credentials", "true")]
                .filter { $0.0 != name }
            let all = fields + [(name, value), (name, "\(value)=\(value), \(value)")]
            for wanted in [[], ["https://a.example"]] {
                let app = Self.findings(all, stranger: all, preflight: all, error: all)
                let (text, errors) = Self.text(app) { $0.origins = wanted }
                #expect(errors == [], "\(name): \(value.debugDescription)\n\(text)")
                let outcome = ConfigurationLoader(environment: [:]) { _ in throw SystemFile.Failure(2) }.read(
                    text: text, file: "x.yaml")
                #expect(outcome.configuration != nil, "\(name): \(outcome.diagnostics)\n\(text)")
            }
        }
    }

    /// What somebody says is named where it is wrong.
    @Test(arguments: ProxyPolicyTests.hostile.indices)
    func hostileOptions(_ index: Int) {
        let value = ProxyPolicyTests.hostile[index]
        let changes: [(String, (inout InitAnswers) -> Void)] = [
            ("--upstream", { $0.upstream = TypedAddress.upstream(value) }),
            ("--listen", { $0.listen = TypedAddress.listen(value) }),
            ("--allow-origin", { $0.origins = [value] }), ("--set", { $0.fields = [FieldText("X-A", value)] }),
        ]
        for (option, change) in changes {
            for error in Self.text(nil, change).errors {
                #expect(
                    error.hasPrefix("letterhead: \(option)") || error.hasPrefix("letterhead: --upstream"), "\(option): \(error)")
            }
        }
    }

    /// A conversation, its questions and what comes of them.
    @Test(arguments: [
        (["", "", "", ""], "http://127.0.0.1:5000", [], false, ":8080", true),
        (
            ["8000", "n", "http://a.example, http://b.example", "y", "9000"], "http://localhost:8000",
            ["http://a.example", "http://b.example"], true, "127.0.0.1:9000", false
        ),
        (["unix:/run/a", "*", "", ""], "unix:/run/a", ["*"], false, ":8080", false),
        ([], "http://127.0.0.1:5000", [], false, ":8080", true),
        // What cannot be is asked again at once, and the end of the input ends that.
        (
            ["8000", "maybe", "n", "localhost:3000", "http://localhost:3000/", "perhaps", "yes", "here", "9000"],
            "http://localhost:8000", ["http://localhost:3000"], true, "127.0.0.1:9000", false
        ),
        (["", "y", "localhost:3000"], "http://127.0.0.1:5000", [], false, ":8080", true),
        // An address that no configuration takes, and one where nobody answers.
        (["ftp://a", "http://me@a", "a b", "8000", "y"], "http://localhost:8000", [], false, ":8080", true),
        (["http://localhost:9/x", "y", "8000", "yes", "", "9000"], "http://localhost:8000", [], false, "127.0.0.1:9000", true),
        (["9", "y", "9", "", "*", "9000"], "http://localhost:9", ["*"], false, "127.0.0.1:9000", false),
        (["9", "y"], "http://127.0.0.1:5000", [], false, ":8080", false),
        // A page of the app.
        (["localhost:8000/api?a=b", "y"], "http://localhost:8000", [], false, ":8080", true),
        (["http://localhost:8000/api", "n"], "http://localhost:8000", [], false, ":8080", false),
    ])
    func questions(
        _ replies: [String], _ upstream: String, _ origins: [String], _ credentials: Bool, _ listen: String, _ asks: Bool
    ) async {
        var rest = replies[...]
        var shown: [String] = []
        let questions = InitQuestions(show: { shown.append($0) }, read: { rest.popFirst() }) { url in
            url.authority.hasSuffix(":9") ? "Connection refused" : nil
        }
        let (answers, from) = await questions.answers(found: .tcp(host: "127.0.0.1", port: 5000))
        let asksApp = from != nil
        let isPage = replies.first?.contains("/api") ?? false
        if let from { #expect(from.origin == answers.upstream && (from.target != "/") == isPage, "\(from)") }
        #expect(answers.upstream == upstream && answers.origins == origins && answers.hasCredentials == credentials, "\(shown)")
        #expect(answers.listen == listen && asksApp == asks && shown.first == "Where is the app? [http://127.0.0.1:5000] ")
    }

    private static func folder() throws -> String {
        let folder = Places.scratch("init")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    private static func read(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    /// From a real app; the file passes `check`, and the proxy with it does what the app did, on errors as well.
    @Test func fromAnApp() throws {
        let app = try DoctorTests.app.get()
        for page in ["sound/items", "star-fields/items", "reflects/items", "nothing/items", "sound-cookie/items", "twice/items"] {
            let folder = try Self.folder()
            let made = try run(
                Places.letterhead,
                ["init", "--from", "\(app.address)/\(page)", "--allow-origin", "https://app.example", "--listen", "127.0.0.1:0"],
                folder: folder)
            #expect(made.status == 0 && made.text.contains("wrote letterhead.yaml"), "\(page): \(made.errors)")
            let text = try Self.read("\(folder)/letterhead.yaml")
            #expect(text.contains("app: \(app.address)"), "\(text)")
            let check = try run(Places.letterhead, ["check"], folder: folder)
            #expect(check.status == 0, "\(page): \(check.errors)\(text)")
            let file = "\(folder)/running.yaml"
            try text.replacing("9900", with: "0").write(toFile: file, atomically: true, encoding: .utf8)
            let proxy = try ProxyProcess(file: file)
            for path in ["/\(page)", "/no-such-page"] {
                let answer = try proxy.fetch(path, .http1, ["-H", "Origin: https://app.example"])
                #expect(answer.fields["Access-Control-Allow-Origin"] == "https://app.example", "\(page): \(text)")
                #expect(answer.fields["X-Content-Type-Options"] == "nosniff" && answer.fields["Server"] == nil)
            }
        }
    }

    /// Nothing is overwritten, unless that is asked for; what is wrong is said before anything is written.
    @Test func overwritesNothing() throws {
        let folder = try Self.folder()
        let dead = "http://127.0.0.1:\(try Shared.deadPort.get().port)"
        func initialize(_ arguments: [String]) throws -> Finished {
            try run(Places.letterhead, ["init"] + arguments, folder: folder)
        }
        for (arguments, status, words) in [
            (["--from", "nonsense"], 2, "--from takes a URL"), (["--from", dead], 1, "does not answer"),
            (["--allow-origin", "a.example"], 2, "letterhead: --allow-origin"), (["--set", "x"], 2, "--set takes"),
            (["--upstream", "ftp://a"], 2, "letterhead: --upstream"), (["/nowhere/a.yaml"], 1, "cannot write /nowhere/a.yaml"),
        ] as [([String], Int32, String)] {
            let finished = try initialize(arguments)
            #expect(finished.status == status && finished.errors.contains(words), "\(arguments): \(finished)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        let printed = try initialize(["-", "--upstream", "8000"])
        #expect(printed.status == 0 && printed.text.contains("app: http://localhost:8000"))
        #expect(try initialize(["--upstream", "8000"]).status == 0)
        #expect(try Self.read("\(folder)/letterhead.yaml") == printed.text)
        let again = try initialize([])
        #expect(again.status == 1 && again.errors.contains("is there already") && again.errors.contains("--force"), "\(again)")
        #expect(try Self.read("\(folder)/letterhead.yaml") == printed.text)
        #expect(try initialize(["--force", "--upstream", "3000"]).status == 0)
        #expect(try Self.read("\(folder)/letterhead.yaml").contains("localhost:3000"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["letterhead.yaml"])
        #expect(try run(Places.letterhead, ["check"], folder: folder).status == 0)
    }

    /// At a terminal it asks.
    @Test func terminal() throws {
        let folder = try Self.folder()
        let port = try Shared.deadPort.get().port
        let spawn = """
            import os, pty, sys
            answers = [b"http://me@localhost\\n", b"\(port)\\n", b"yes\\n", b"\(port)\\n", b"no\\n", b"http://localhost:3000\\n", b"yes\\n", b"127.0.0.1:0\\n"]
            def read(fd):
                data = os.read(fd, 1024)
                if data.rstrip().endswith(b"]") and answers: os.write(fd, answers.pop(0))
                return data
            sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], read)))
            """
        let finished = try run(Places.python("python"), ["-c", spawn, Places.letterhead, "init"], folder: folder)
        #expect(finished.status == 0 && finished.text.contains("wrote letterhead.yaml"), "\(finished.text)")
        let text = try Self.read("\(folder)/letterhead.yaml")
        #expect(
            text.contains("localhost:\(port)") && text.contains("- \"http://localhost:3000\"")
                && text.contains("allow_credentials: true"))
    }
}
