import Foundation
import TestSupport
import Testing

/// The command line: what it prints and how it ends.
@Suite struct CommandTests {
    @Test func versionAndHelp() throws {
        let version = try letterhead("--version")
        #expect(version.status == 0 && version.text.contains(#/^\S*\s?\d+\.\d+\.\d+/#))
        let commands = [
            [], ["run"], ["check"], ["explain"], ["test"], ["diff"], ["csp", "suggest"], ["doctor"], ["import", "nginx"],
            ["import", "flask-cors"], ["demo"],
            ["healthcheck"], ["validate"], ["reload"], ["proxy"], ["init"], ["completions", "bash"],
            ["man"], ["record"], ["schema"],
        ]
        for command in commands {
            let help = try letterhead(command + ["--help"])
            #expect(help.status == 0 && help.text.contains("USAGE") && help.errors.isEmpty)
        }
    }

    @Test(arguments: [["--nonsense"], ["run", "--nonsense"], ["nonsense"], ["check", "--config"], ["demo", "--port", "99999"]])
    func badUsage(_ arguments: [String]) throws {
        let finished = try letterhead(arguments)
        #expect(finished.status == 2 && !finished.errors.isEmpty && finished.text.isEmpty)
    }

    /// `check` and `run` say the same: where, the line, a caret, what to do; exit code 2.
    @Test(
        arguments: [
            (
                "unknown key", "listen: 127.0.0.1:0\nupstreams: { app: http://127.0.0.1:1 }\nrespons_headers: []\n", 3, 1,
                "response_headers"
            ),
            ("wrong type", "listen: 127.0.0.1:0\nworkers: many\n", 2, 10, "workers"),
            ("no YAML", "listen: [127.0.0.1:0\n", 1, 21, "list"),
            (
                "credentials with *",
                "listen: 127.0.0.1:0\nresponse_headers:\n  - cors:\n      allow_origins: ['*']\n      allow_credentials: true\nroutes: [{ respond: 200 }]\n",
                4, 23, "origin"
            ),
            (
                "framing field",
                "listen: 127.0.0.1:0\nresponse_headers:\n  - set: { Content-Length: 5 }\nroutes: [{ respond: 200 }]\n", 3, 12,
                "Content-Length"
            ),
            (
                "line break",
                "listen: 127.0.0.1:0\nresponse_headers:\n  - set: { X-A: \"a\\r\\nb\" }\nroutes: [{ respond: 200 }]\n", 3, 17,
                "control"
            ),
            (
                "no such upstream", "listen: 127.0.0.1:0\nupstreams: { app: http://127.0.0.1:1 }\nroutes: [{ upstream: ap }]\n",
                3, 22, "app"
            ),
            ("variable", "listen: 127.0.0.1:0\nadmin: ${LETTERHEAD_NOT_SET:?say where}\n", 2, 8, "say where"),
        ], ["check", "run"])
    func badConfiguration(_ one: (name: String, text: String, line: Int, column: Int, word: String), _ command: String) throws {
        let file = Places.scratch("letterhead.yaml")
        try one.text.write(toFile: file, atomically: true, encoding: .utf8)
        let finished = try letterhead([command, "--config", file])
        #expect(finished.status == 2)
        let lines = finished.errors.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[0].hasPrefix("\(file):\(one.line):\(one.column): error: "), "\(finished.errors)")
        #expect(finished.errors.contains(one.word))
        let text = one.text.split(separator: "\n", omittingEmptySubsequences: false)
        guard one.line <= text.count, !text[one.line - 1].isEmpty else { return }
        try #require(lines.count > 2, "\(finished.errors)")
        let indent = lines[1].count - text[one.line - 1].count
        #expect(lines[1].hasSuffix(text[one.line - 1]), "the line is shown: \(finished.errors)")
        #expect(lines[2].prefix { $0 == " " }.count - indent == one.column - 1 && lines[2].contains("^"), "\(finished.errors)")
    }

    /// `test` says with its exit code what became of it, and writes JUnit.
    @Test func policyTests() throws {
        let file = Places.scratch("policy.test.yaml")
        let config = Places.scratch("policy.yaml")
        try "response_headers: [{ set: { X-A: a } }]\nroutes: [{ respond: 200 }]\n".write(
            toFile: config, atomically: true, encoding: .utf8)
        for (value, status) in [("a", 0), ("b", 1)] as [(String, Int32)] {
            try "tests: [{ request: /, expect: { headers: { X-A: \(value) } } }]\n".write(
                toFile: file, atomically: true, encoding: .utf8)
            #expect(try letterhead(["test", file, "--config", config]).status == status)
            let junit = try letterhead(["test", file, "--config", config, "--format", "junit"])
            #expect(junit.text.contains("failures=\"\(status)\""))
        }
        try "tests: [{ request: / }]\n".write(toFile: file, atomically: true, encoding: .utf8)
        let bad = try letterhead(["test", file, "--config", config])
        #expect(bad.status == 2 && bad.errors.contains("\(file):1:9: error: "))
        #expect(try letterhead(["test", "/nowhere"]).status == 2)
    }

    /// Warnings are shown, and count only when asked.
    @Test func checkWarns() throws {
        let file = Places.scratch("warns.yaml")
        try "response_headers:\n  - set: { X-A: a }\n  - set: { X-A: b }\nroutes: [{ respond: 200 }]\n".write(
            toFile: file, atomically: true, encoding: .utf8)
        let loose = try letterhead(["check", "-c", file])
        #expect(loose.status == 0 && loose.errors.contains("\(file):2:12: warning[LH101]: ") && loose.text.contains("1 warning"))
        #expect(try letterhead(["check", "-c", file, "--strict"]).status == 1)
        for form in ["json", "sarif"] {
            let written = try letterhead(["check", "-c", file, "--format", form])
            #expect(written.status == 0 && written.text.contains("LH101") && written.errors.isEmpty)
            #expect((try? JSONSerialization.jsonObject(with: Data(written.text.utf8))) != nil)
        }
        let grade = try letterhead(["check", "--grade", "-c", Places.repository + "/config/examples/realistic.yaml"])
        #expect(grade.text.contains("route 4") && grade.text.contains("A"), "\(grade.text)\(grade.errors)")
    }

    @Test func noSuchFile() throws {
        for command in ["check", "run"] {
            let finished = try letterhead([command, "--config", "/nowhere/letterhead.yaml"])
            #expect(finished.status == 2 && finished.errors.contains("/nowhere/letterhead.yaml"))
        }
    }

    @Test func portTaken() throws {
        let taken = try RawOrigin { _ in "" }
        let file = Places.scratch("letterhead.yaml")
        try "listen: 127.0.0.1:\(taken.port)\nroutes: [{ respond: 200 }]\n".write(toFile: file, atomically: true, encoding: .utf8)
        let finished = try letterhead(["run", "--config", file])
        #expect(finished.status == 1 && finished.errors.contains("\(taken.port)"))
    }

    /// The packaged default is sound, as is every example, and each has tests that pass.
    @Test func packagedConfigurations() throws {
        let folder = Places.repository + "/config"
        let examples = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/examples")) ?? []
        let authority = try CertificateAuthority()
        let (shop, blog) = (try authority.site("shop.example"), try authority.site("blog.example"))
        let environment = [
            "SHOP_CERTIFICATE": shop.path, "SHOP_KEY": shop.key, "BLOG_CERTIFICATE": blog.path, "BLOG_KEY": blog.key,
        ]
        let configurations = examples.filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".test.yaml") }
        for file in ["letterhead.yaml"] + configurations.map({ "examples/\($0)" }) {
            let finished = try run(
                Places.letterhead, ["check", "--strict", "--config", file], environment: environment, folder: folder)
            #expect(finished.status == 0, "\(file): \(finished.errors)")
        }
        for file in configurations {
            #expect(examples.contains(file.replacing(".yaml", with: ".test.yaml")), "\(file) has no tests")
        }
        let tests = try run(Places.letterhead, ["test", "examples"], environment: environment, folder: folder)
        #expect(tests.status == 0, "\(tests.text)\(tests.errors)")
    }

    @Test func healthcheck() throws {
        let proxy = try Shared.proxy.get()
        let admin = "127.0.0.1:\(try #require(proxy.adminPort))"
        for path in ["/healthz", "/livez", "/readyz"] {
            #expect(try letterhead(["healthcheck", "--address", admin, "--path", path]).status == 0)
        }
        #expect(try letterhead(["healthcheck", "--address", admin, "--path", "/nothing"]).status == 1)
        let dead = try Shared.deadPort.get().port
        let silent = try letterhead(["healthcheck", "--address", "127.0.0.1:\(dead)"])
        #expect(silent.status == 1 && silent.errors.contains("Connection refused"), "\(silent.errors)")
        // Without an admin address, a connection is all that is asked for.
        for (port, status) in [(proxy.port, 0), (dead, 1)] {
            let file = Places.scratch("no-admin.yaml")
            try "listen: 127.0.0.1:\(port)\nroutes: [{ respond: 200 }]\n".write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try letterhead(["healthcheck", "--config", file]).status == status)
        }
        // A process goes on when its file becomes wrong, and so does its check.
        let wrong = Places.scratch("wrong.yaml")
        try "admin: \(admin)\noops: 1\nroutes: [{ respond: 2000 }]\n".write(toFile: wrong, atomically: true, encoding: .utf8)
        #expect(try letterhead(["healthcheck", "--config", wrong]).status == 0)
        #expect(try letterhead(["check", "--config", wrong]).status == 2)
        // What is written and cannot be read is no answer, and neither is a path that nobody is asked for.
        for (admin, more, said) in [
            ("admin: ${NO_ADDRESS}", [], "NO_ADDRESS"), ("admin:\n  ${NO_ADDRESS}", [], "NO_ADDRESS"),
            ("admin: nowhere", [], "admin"),
            ("workers: 1", ["--path", "/readyz"], "--path"),
        ] {
            let text = "\(admin)\nlisten: 127.0.0.1:\(proxy.port)\nroutes: [{ respond: 200 }]\n"
            try text.write(toFile: wrong, atomically: true, encoding: .utf8)
            let answer = try letterhead(["healthcheck", "--config", wrong] + more)
            #expect(answer.status == 2 && answer.errors.contains(said) && answer.text.isEmpty, "\(answer)")
        }
    }

    /// Who has no configuration yet is shown one that works; an address that is taken is named.
    @Test func firstSteps() throws {
        let folder = Places.scratch("empty")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let lost = try run(Places.letterhead, ["check"], folder: folder)
        #expect(lost.status == 2)
        let first = lost.errors.split(separator: "\n").filter { $0.hasPrefix("    ") }.map { $0.dropFirst(4) }.joined(
            separator: "\n")
        try first.write(toFile: folder + "/letterhead.yaml", atomically: true, encoding: .utf8)
        #expect(try run(Places.letterhead, ["check"], folder: folder).status == 0, "\(lost.errors)")
        let port = try Shared.proxy.get().port
        let file = folder + "/taken.yaml"
        try "listen: 127.0.0.1:\(port)\nroutes: [{ respond: 200 }]\n".write(toFile: file, atomically: true, encoding: .utf8)
        let taken = try run(Places.letterhead, ["run", "--config", file])
        #expect(taken.status == 1 && taken.errors.contains("\"127.0.0.1:\(port)\""), "\(taken.errors)")
        #expect(taken.errors.contains("Address already in use: another process listens there"), "\(taken.errors)")
    }

    @Test func adminEndpoints() throws {
        let proxy = try Shared.proxy.get()
        for path in ["/healthz", "/livez", "/readyz"] {
            #expect(try fetch(proxy.adminURL + path).status == 200)
        }
        let connection = try Connection(port: try #require(proxy.adminPort))
        for method in ["HEAD", "GET"] {
            try connection.send("\(method) /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try connection.takeResponse(to: method).status == 200)
        }
        #expect(try fetch(proxy.adminURL + "/nothing").status == 404)
        #expect(try fetch(proxy.adminURL + "/healthz", .http1, ["-d", "x"]).status == 405)
        #expect(try fetch(proxy.url + "/healthz").status == 404, "the clients' port is the app's alone")
    }

    @Test func environmentVariables() throws {
        let proxy = try ProxyProcess(
            """
            listen: ${BIND}
            response_headers: [{ set: { X-Stage: "${STAGE:-none} $${{x}} {{y}}" } }]
            routes: [{ respond: 200 }]

            """, environment: ["BIND": "127.0.0.1:0"])
        #expect(try fetch(proxy.url).fields["X-Stage"] == "none ${x} {y}")
    }

    @Test func textLog() throws {
        let proxy = try ProxyProcess("listen: 127.0.0.1:0\naccess_log: text\nroutes: [{ respond: 200 }]\n")
        _ = try fetch(proxy.url + "/seen")
        let line = try proxy.process.line(.output) { $0.contains("/seen") ? String($0) : nil }
        #expect(line.contains("GET") && line.contains("200") && !line.hasPrefix("{"))
    }

    @Test func severalListeners() throws {
        let proxy = try ProxyProcess(
            """
            listen:
              - 127.0.0.1:0
              - bind: 127.0.0.1:0
                response_headers: [{ set: { X-Listener: second } }]
            response_headers: [{ set: { X-Global: "1" } }]
            routes: [{ respond: 200 }]

            """, listeners: 2)
        for (port, listener) in zip(proxy.ports, [nil, "second"]) {
            let fields = try fetch("http://127.0.0.1:\(port)").fields
            #expect(fields["X-Global"] == "1" && fields["X-Listener"] == listener)
        }
    }

    /// The demo shows what it prints, without Python.
    @Test func demo() throws {
        let demo = try ChildProcess(Places.letterhead, ["demo", "--port", "0", "--admin-port", "0"])
        defer { demo.stop() }
        let url = try demo.line(.output) { line in
            line.firstMatch(of: #/curl -i (http:\/\/[0-9.:]+)\/$/#).map { String($0.1) }
        }
        for version in HTTPVersion.allCases {
            let boom = try fetch(url + "/boom", version, ["-H", "Origin: https://app.example"])
            #expect(boom.status == 500 && boom.fields["Access-Control-Allow-Origin"] == "https://app.example")
            #expect(try fetch(url, version).status == 200)
        }
        demo.signal(SIGTERM)
        #expect(try demo.waitForExit() == 0)
    }

    private func letterhead(_ arguments: String...) throws -> Finished { try letterhead(arguments) }
    private func letterhead(_ arguments: [String]) throws -> Finished { try run(Places.letterhead, arguments) }
}
