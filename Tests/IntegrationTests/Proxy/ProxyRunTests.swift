import Foundation
import TestSupport
import Testing

@testable import letterhead

/// `letterhead proxy` with real apps: what it prints works, and both end together.
@Suite struct ProxyRunTests {
    private static let app = """
        import os
        from flask import Flask, jsonify, request
        app = Flask(__name__)
        @app.put("/items")
        def put():
            print("stored", request.get_json())
            return jsonify(request.get_json())
        @app.get("/pids")
        def pids(): return f"{os.getpid()} {os.getppid()}"
        @app.get("/boom")
        def boom(): return 1 / 0
        @app.get("/leave")
        def leave(): os._exit(7)

        """

    /// A running `letterhead proxy`, where it listens, and what it has printed at the start.
    struct Scene {
        let process: ChildProcess
        var url = ""
        var inspector = ""
        var yaml = ""

        /// - Parameter command: behind the two dashes.
        init(_ arguments: [String], command: [String] = [], environment: [String: String] = [:]) throws {
            let folder = Places.scratch("app")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try ProxyRunTests.app.write(toFile: "\(folder)/app.py", atomically: true, encoding: .utf8)
            let path = "\(Places.python("")):/usr/bin:/bin"
            process = try ChildProcess(
                Places.letterhead,
                ["proxy", "--listen", "0", "--admin-port", "0"] + arguments + (command.isEmpty ? [] : ["--"] + command),
                environment: ["PATH": path, "PYTHONDONTWRITEBYTECODE": "1"].merging(environment) { $1 }, folder: folder)
            url = try process.line(.output) { line in line.firstMatch(of: #/behind the proxy at (\S+)/#).map { String($0.1) } }
            inspector = try process.line(.output) { line in line.firstMatch(of: #/See what passes: (\S+)/#).map { String($0.1) } }
            _ = try process.line(.output) { $0 == "Ctrl-C ends it." ? true : nil }
            let lines = process.text(.output).components(separatedBy: "\n")
            if let start = lines.firstIndex(where: { $0.hasPrefix("listen:") }),
                let end = lines.firstIndex(of: "Try, in another terminal:")
            {
                yaml = lines[start..<end].filter { !$0.hasPrefix("app | ") }.joined(separator: "\n")
            }
        }

        static func flask(_ arguments: [String] = [], _ more: [String] = []) throws -> Scene {
            try Scene(arguments, command: ["flask", "--app", "app", "run", "--port", "\(try Places.freePort())"] + more)
        }
    }

    private static func isGone(_ process: ProcessMark) -> Bool {
        for _ in 0..<6_000 where !process.isGone { usleep(10_000) }
        return process.isGone
    }

    private static let page = ["-H", "Origin: http://localhost:3000"]

    /// A page of another port sends JSON by PUT with its cookies: the preflight, the request, an error; over both versions. What is printed
    /// passes `check`, and does the same by `run`.
    @Test func flask() throws {
        let scene = try Scene.flask(["--set", "X-Stage: \"dev\" {method}"])
        for version in HTTPVersion.allCases {
            let preflight = try fetch(
                scene.url + "/items", version,
                Self.page + [
                    "-X", "OPTIONS", "-H", "Access-Control-Request-Method: PUT", "-H",
                    "Access-Control-Request-Headers: content-type,x-a",
                ])
            #expect(preflight.status == 204 && preflight.fields["Access-Control-Allow-Credentials"] == "true")
            #expect(preflight.fields["Access-Control-Allow-Headers"] == "content-type, x-a")
            #expect(preflight.fields["Access-Control-Allow-Methods"]?.contains("PUT") == true)
            let put = try fetch(
                scene.url + "/items", version,
                Self.page + ["-X", "PUT", "-H", "Content-Type: application/json", "-H", "Cookie: a=b", "-d", "{\"a\": 1}"])
            #expect(put.status == 200 && put.text.contains("\"a\""))
            let boom = try fetch(scene.url + "/boom", version, Self.page)
            for answer in [put, boom] {
                #expect(answer.fields["Access-Control-Allow-Origin"] == "http://localhost:3000")
                #expect(answer.fields["Access-Control-Allow-Credentials"] == "true")
                #expect(answer.fields["X-Stage"] == "\"dev\" \(answer.status == 200 ? "PUT" : "GET")")
            }
            #expect(boom.status == 500)
        }
        #expect(try fetch(scene.inspector).text.contains("Exchanges"))
        // Each output line by line, a print and a log.
        _ = try scene.process.line(.output) { $0 == "app | stored {'a': 1}" ? true : nil }
        _ = try scene.process.line(.error) { $0.hasPrefix("app | ZeroDivisionError") ? true : nil }
        _ = try scene.process.line(.output) { $0.contains("PUT") && $0.contains("/items HTTP/1.1\" 200") ? true : nil }
        let saved = Places.scratch("letterhead.yaml")
        try scene.yaml.write(toFile: saved, atomically: true, encoding: .utf8)
        let check = try run(Places.letterhead, ["check", "-c", saved])
        #expect(check.status == 0, "\(check.errors)\(scene.yaml)")
        let file = Places.scratch("letterhead.yaml")
        try scene.yaml.replacing(#/127\.0\.0\.1:[0-9]+\n/#, with: "127.0.0.1:0\n", maxReplacements: 2).write(
            toFile: file, atomically: true, encoding: .utf8)
        let again = try ProxyProcess(file: file)
        #expect(try again.fetch("/boom", .http1, Self.page).fields["X-Stage"] == "\"dev\" GET")
        scene.process.signal(SIGINT)
        #expect(try scene.process.waitForExit() == 0)
    }

    /// In Chromium, from a page of another port, without a word about origins.
    @Test func browser() throws {
        let scene = try Scene.flask()
        let document = "<!doctype html><title>page</title>"
        let site = try RawOrigin { _ in
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: \(document.utf8.count)\r\n\r\n\(document)"
        }
        let put = """
            fetch('\(scene.url)/items', { method: 'PUT', credentials: 'include', headers: { 'Content-Type': 'application/json' },
              body: JSON.stringify({ a: 1 }) }).then((r) => r.json()).then((j) => 'read ' + j.a).catch(() => 'refused')
            """
        let steps: [[Any]] = [
            ["open", "http://localhost:\(site.port)/"], ["eval", put],
            [
                "eval",
                "fetch('\(scene.url)/boom', { credentials: 'include' }).then((r) => 'status ' + r.status).catch(() => 'refused')",
            ],
        ]
        let finished = try run(
            Places.python("python"), [Places.integration("clients/browser.py")],
            input: Array(try JSONSerialization.data(withJSONObject: steps)), within: 90)
        let results = try JSONSerialization.jsonObject(with: Data(finished.output)) as? [Any] ?? []
        #expect(results.compactMap { $0 as? String } == ["read 1", "status 500"], "\(results) \(finished.errors)")
        scene.process.signal(SIGTERM)
        #expect(try scene.process.waitForExit() == 0)
    }

    /// Nothing of a server with a reloader is left, whichever of both ends.
    @Test(arguments: [SIGINT, SIGQUIT, SIGKILL, nil])
    func leavesNothing(_ signal: Int32?) throws {
        let scene = try Scene.flask([], ["--debug"])
        let ids = try fetch(scene.url + "/pids").text.split(separator: " ").compactMap { Int32($0).map(ProcessMark.init) }
        #expect(ids.count == 2)
        if let signal { scene.process.signal(signal) } else { _ = try? fetch(scene.url + "/leave") }
        let code = try scene.process.waitForExit()
        #expect(signal == SIGKILL || code == (signal == nil ? 7 : 0))
        for id in ids { #expect(Self.isGone(id), "\(id)") }
        #expect((try? fetch(scene.url)) == nil)
    }

    /// An app without an upstream on the command line is found on any port, on IPv6 as well, and named it is waited for.
    @Test(arguments: ["127.0.0.1", "::1", "0.0.0.0"])
    func finds(_ host: String) throws {
        let server = ["python", "-m", "http.server", "0", "--bind", host]
        let scene = try Scene([], command: server)
        #expect(try fetch(scene.url + "/app.py").text.contains("Flask"))
        scene.process.signal(SIGTERM)
        #expect(try scene.process.waitForExit() == 0)
        let port = try Places.freePort()
        let named = try Scene(
            ["\(host == "::1" ? "[::1]" : "127.0.0.1"):\(port)"],
            command: ["python", "-m", "http.server", "\(port)", "--bind", host])
        #expect(try fetch(named.url + "/app.py").text.contains("Flask") && named.yaml.contains("\(port)"))
        named.process.signal(SIGTERM)
        #expect(try named.process.waitForExit() == 0)
    }

    /// How it ends where there is nothing to serve.
    @Test func refusals() throws {
        let taken = try RawOrigin { _ in UpstreamTests.ok }
        let free = try Places.freePort()
        for (arguments, status, words) in [
            (["--listen", "0", "--", "no-such-command"], 127, "cannot start `no-such-command`: No such file or directory"),
            (["--listen", "0", "--", Places.repository + "/README.md"], 126, "Permission denied"),
            (["--listen", "0", "--", "sh", "-c", "exit 3"], 3, "the app has ended (exit code 3)"),
            (["--listen", "0", "--", "sh", "-c", "kill -9 $$"], 137, "exit code 137"),
            (["--listen", "0", "--timeout", "300", "--", "sleep", "1000"], 1, "the app does not listen after 300 ms"),
            (["--listen", "0", "--timeout", "300", "1", "--", "sleep", "1000"], 1, "it is expected at http://localhost:1"),
            (
                ["--listen", "\(free)", "--", Places.python("python"), "-m", "http.server", "\(free)", "--bind", "127.0.0.1"], 1,
                "the app listens on 127.0.0.1:\(free), where the proxy was to listen"
            ),
            (["--listen", "\(taken.port)", "--", "echo", "started"], 1, "127.0.0.1:\(taken.port): Address already in use"),
            (["--listen", "\(taken.port)", "\(taken.port)"], 1, "that is where the app is"),
            (["--listen", "0", "--allow-origin", "localhost:3000", "5000"], 2, "letterhead: --allow-origin \"localhost:3000\""),
            (["--listen", "0", "--set", "nonsense", "5000"], 2, "--set takes `Name: value`"),
            (["--listen", "0", "--set", "Content-Length: 1", "5000"], 2, "letterhead: --set"),
            (["--listen", "nonsense", "5000"], 2, "letterhead: --listen"),
            (["--listen", "99999", "5000"], 2, "letterhead: --listen"),
            (["ftp://a", "--listen", "0"], 2, "letterhead: UPSTREAM"),
            (["flask", "run"], 2, "`-- <command>` stands behind `--`"),
            (["--admin-port", "70000"], 2, "0 to 65535"), (["--", ""], 2, "is empty"),
            (["--timeout", "0"], 2, "--timeout takes"),
        ] as [([String], Int32, String)] {
            let finished = try run(
                Places.letterhead, ["proxy", "--admin-port", "0"] + arguments.filter { $0 != "" || arguments == ["--", ""] })
            #expect(
                finished.status == status && finished.errors.contains(words),
                "\(arguments): \(finished.status) \(finished.errors)")
            #expect(!finished.text.contains("started"), "the app is not started for nothing")
        }
    }

    /// A second signal does not wait for an app that hears none.
    @Test func impatience() throws {
        let process = try ChildProcess(
            Places.letterhead,
            [
                "proxy", "--listen", "0", "--admin-port", "0", "--", "sh", "-c",
                "trap '' TERM; echo pid $$; while :; do sleep 1; done",
            ])
        let app = ProcessMark(
            try process.line(.output) { line in line.firstMatch(of: #/^app \| pid ([0-9]+)/#).flatMap { Int32($0.1) } })
        process.signal(SIGINT)
        process.signal(SIGHUP)
        #expect(try process.waitForExit() == 0)
        #expect(Self.isGone(app))
    }

    /// Under `nohup` the terminal may go.
    @Test func withoutATerminal() throws {
        let app = try RawOrigin { _ in UpstreamTests.ok }
        let process = try ChildProcess(
            "sh",
            [
                "-c", "trap '' HUP; exec \"$0\" \"$@\"", Places.letterhead, "proxy", "\(app.port)", "--listen", "0",
                "--admin-port", "0",
            ])
        let url = try process.line(.output) { line in line.firstMatch(of: #/behind the proxy at (\S+)/#).map { String($0.1) } }
        _ = try process.line(.output) { $0 == "Ctrl-C ends it." ? true : nil }
        #if os(Linux)
            let status = try String(contentsOfFile: "/proc/\(process.id)/status", encoding: .utf8)
            let ignored = try #require(status.firstMatch(of: #/SigIgn:\s*([0-9a-f]+)/#).flatMap { UInt64($0.1, radix: 16) })
            #expect(ignored & 1 == 1, "the hangup is not the proxy's")
        #endif
        process.signal(SIGHUP)
        #expect(try fetch(url).status == 200)
        process.signal(SIGTERM)
        #expect(try process.waitForExit() == 0)
    }

    /// Without a command it serves what is there, and does not mind when that comes later.
    @Test func withoutACommand() throws {
        let app = try RawOrigin { _ in UpstreamTests.ok }
        let scene = try Scene(["\(app.port)", "--allow-origin", "https://*.app.example"])
        let answer = try fetch(scene.url, .http1, ["-H", "Origin: https://www.app.example"])
        #expect(answer.status == 200 && answer.fields["Access-Control-Allow-Origin"] == "https://www.app.example")
        #expect(scene.process.text(.output).contains("-H 'Origin: https://www.app.example'"), "the command to try is let in")
        scene.process.signal(SIGHUP)
        #expect(try scene.process.waitForExit() == 0)
        let open = try Scene(["\(app.port)", "--listen", ":0"])
        #expect(open.url.hasPrefix("http://localhost:"), "the last one counts, and it is asked by name")
        #expect(try fetch(open.url).status == 200)
        open.process.stop()
        let early = try Scene(["\(Shared.deadPort.get().port)"])
        #expect(early.process.text(.error).contains("nobody listens at"))
        let refused = try fetch(early.url, .http1, Self.page)
        #expect(refused.status == 502 && refused.fields["Access-Control-Allow-Origin"] == "http://localhost:3000")
    }

    /// The certificate is made once, its key is its user's alone, and curl and Python believe it. A damaged one is made again.
    @Test func tls() throws {
        let home = Places.scratch("home")
        let app = try RawOrigin { _ in UpstreamTests.ok }
        let (certificate, key) = ("\(home)/letterhead/localhost.pem", "\(home)/letterhead/localhost-key.pem")
        var texts: [String] = []
        for round in 0..<3 {
            let scene = try Scene(["\(app.port)", "--tls"], environment: ["XDG_STATE_HOME": home])
            #expect(scene.url.hasPrefix("https://localhost:") && scene.process.text(.output).contains(certificate))
            for host in ["localhost", "127.0.0.1"] {
                let url = scene.url.replacing("localhost", with: host)
                #expect(try fetch(url, .http1, ["--cacert", certificate]).status == 200)
            }
            let python =
                "import ssl, sys, urllib.request as u; print(u.urlopen(sys.argv[1], context=ssl.create_default_context(cafile=sys.argv[2])).status)"
            #expect(try run(Places.python("python"), ["-c", python, scene.url, certificate]).text == "200\n")
            let attributes = try FileManager.default.attributesOfItem(atPath: key)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            let saved = Places.scratch("letterhead.yaml")
            try scene.yaml.write(toFile: saved, atomically: true, encoding: .utf8)
            #expect(try run(Places.letterhead, ["check", "-c", saved]).status == 0)
            texts.append(try String(contentsOfFile: certificate, encoding: .utf8))
            // An app whose certificate nobody has vouched for.
            if round == 0 {
                for (flag, status) in [([], 502), (["-k"], 200)] as [([String], Int)] {
                    let outer = try Scene(flag + [scene.url])
                    #expect(try fetch(outer.url).status == status)
                    outer.process.stop()
                }
            }
            scene.process.signal(SIGTERM)
            #expect(try scene.process.waitForExit() == 0)
            if round == 1 { try "nonsense".write(toFile: key, atomically: true, encoding: .utf8) }
        }
        #expect(texts[0] == texts[1] && texts[1] != texts[2])
        for (environment, words) in [
            (["XDG_STATE_HOME": "/proc/nowhere"], "cannot be kept in /proc/nowhere/letterhead"),
            (["XDG_STATE_HOME": "", "HOME": ""], "set HOME or XDG_STATE_HOME"),
        ] {
            let refused = try run(
                Places.letterhead, ["proxy", "--tls", "--listen", "0", "\(app.port)"], environment: environment)
            #expect(refused.status == 1 && refused.errors.contains(words), "\(refused)")
        }
    }
}
