import Foundation
import TestSupport
import Testing

/// `doctor` against servers with planted faults, real Flask apps most of them, and against sound ones.
@Suite struct DoctorTests {
    static let app = Result { try FlaskApp.gunicorn("broken:app") }

    private static let put = ["--method", "PUT"]
    private static let json = ["--header", "Content-Type: application/json"]
    private static let credentials = ["--credentials", "include"]

    /// The app, what the page asks, and the codes that have to be among the findings.
    static let faults: [(String, [String], String)] = [
        ("nothing", [], "LD020"), ("nothing", put, "LD012"), ("crash-before-hook", [], "LD002"), ("crash-in-view", [], "LD002"),
        ("make-response-only", put, "LD012"), ("strict-slashes", put, "LD010"), ("login", put, "LD010"),
        ("login-401", put, "LD011"), ("to-https", put, "LD010"), ("twice", [], "LD021"), ("twice-with-star", [], "LD021"),
        ("star-with-credentials", credentials, "LD023"), ("no-credentials", credentials, "LD024"),
        ("python-true", credentials, "LD024"), ("reflects", credentials, "LD025"), ("allows-null", [], "LD026"),
        ("other-origin", [], "LD022"), ("slash-behind-origin", [], "LD060"), ("list-of-origins", [], "LD060"),
        ("wildcard-inside", [], "LD060"), ("no-vary", [], "LD030"), ("get-only", put, "LD013"), ("no-fields", json, "LD014"),
        ("star-fields", ["--header", "Authorization: Basic eDp5"], "LD014"), ("semicolons", put, "LD015"),
        ("options-404", put, "LD011"), ("options-crash", put, "LD003"), ("decorator-only", [], "LD041"),
        ("errors-without", [], "LD041"), ("none-without-secure", credentials, "LD050"), ("foreign-domain", [], "LD050"),
        ("lax-cookie", credentials, "LD051"), ("frames-twice", [], "LD040"), ("redirect-loses", [], "LD031"),
    ]

    private func doctor(_ url: String, _ arguments: [String]) throws -> (status: Int32, codes: [String], text: String) {
        let finished = try run(
            Places.letterhead, ["doctor", url, "--origin", "https://app.example", "--format", "json"] + arguments)
        let found = try JSONSerialization.jsonObject(with: Data(finished.text.utf8)) as? [[String: Any]]
        return (finished.status, found?.compactMap { $0["code"] as? String } ?? [], finished.text + finished.errors)
    }

    @Test(arguments: faults.indices)
    func finds(_ index: Int) throws {
        let (name, arguments, code) = Self.faults[index]
        let found = try doctor("\(try Self.app.get().address)/\(name)/items", ["--http", "1.1", "--strict"] + arguments)
        #expect(found.codes.contains(code) && found.status == 1, "\(name): \(found.text)")
    }

    @Test(arguments: [
        ("sound", put + json + credentials), ("sound", []), ("sound-star", []), ("sound-star", put + json),
        ("sound-hook", put + json + credentials), ("sound-cookie", []), ("sound-error", []),
    ])
    func isContent(_ name: String, _ arguments: [String]) throws {
        let found = try doctor("\(try Self.app.get().address)/\(name)/items", ["--http", "1.1", "--strict"] + arguments)
        #expect(found.codes.isEmpty && found.status == 0, "\(name): \(found.text)")
    }

    /// A proxy in front repairs the app, over both versions.
    @Test func letterheadInFront() throws {
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            upstreams: { app: \(try Self.app.get().address) }
            response_headers:
              - cors: { allow_origins: [https://app.example], allow_credentials: true, allow_methods: [PUT], allow_headers: [Content-Type] }
              - set: { X-Frame-Options: DENY }

            """)
        for name in [
            "nothing", "twice", "star-with-credentials", "strict-slashes", "make-response-only", "options-404", "frames-twice",
        ] {
            let found = try doctor(
                "\(proxy.url)/\(name)/items", ["--http", "both", "--strict"] + Self.put + Self.json + Self.credentials)
            // The redirect of the app's own is the app's to repair; the preflight is answered.
            let codes = name == "strict-slashes" ? found.codes.filter { $0 != "LD051" } : found.codes
            #expect(codes.isEmpty, "\(name): \(found.text)")
        }
        let crash = try doctor("\(proxy.url)/crash-in-view/items", ["--http", "both"])
        #expect(crash.codes == ["LD003"] && crash.status == 1, "\(crash.text)")
    }

    /// `add_header` without `always`.
    @Test func nginx() throws {
        let port = try Places.freePort()
        let folder = Places.scratch("nginx")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = folder + "/nginx.conf"
        try """
        daemon off; pid \(folder)/pid; error_log stderr; worker_processes 1;
        events { worker_connections 64; }
        http {
            access_log off;
            client_body_temp_path \(folder)/a; proxy_temp_path \(folder)/b; fastcgi_temp_path \(folder)/c;
            uwsgi_temp_path \(folder)/d; scgi_temp_path \(folder)/e;
            server {
                listen 127.0.0.1:\(port);
                add_header Access-Control-Allow-Origin https://app.example;
                add_header Vary Origin;
                add_header X-Frame-Options DENY;
                location = /items { return 200 "ok"; }
                location / { return 404 "no"; }
            }
        }
        """.write(toFile: file, atomically: true, encoding: .utf8)
        let nginx = try ChildProcess("/usr/sbin/nginx", ["-c", file, "-p", folder])
        defer { nginx.stop() }
        let url = "http://127.0.0.1:\(port)/items"
        _ = try curl(url, .http1, ["--retry", "50", "--retry-connrefused", "--retry-delay", "0"])
        let found = try doctor(url, ["--http", "1.1", "--strict"])
        #expect(found.codes == ["LD041"], "\(found.text)")
    }

    /// Over TLS: both versions are agreed on, what is wrong shows as over plain http, and so does a certificate that nobody trusts.
    @Test func overTLS() throws {
        let site = try Secured([Secured.authority.get().site("localhost")], app: RawOrigin { _ in Self.bare }.port)
        let url = "https://localhost:\(site.proxy.port)/items"
        let sound = try doctor(url, ["--http", "both", "--insecure", "--strict"])
        #expect(sound.codes.isEmpty && sound.status == 0, "\(sound.text)")
        for version in ["1.1", "2"] {
            let untrusted = try doctor(url, ["--http", version])
            #expect(
                untrusted.codes == ["LD001"] && untrusted.status == 1 && untrusted.text.contains("`-k`"),
                "\(untrusted.text)")
        }
        let expired = try Secured([Secured.authority.get().site("localhost", expired: true)], rules: "")
        let found = try doctor("https://localhost:\(expired.proxy.port)/", ["--http", "both"])
        #expect(found.codes.contains("LD001"), "\(found.text)")
        // The app's own answers, without a policy.
        let bare = try Secured([Secured.authority.get().site("localhost")], rules: "")
        let faulty = try doctor("https://localhost:\(bare.proxy.port)/", ["--http", "both", "--insecure"] + Self.put)
        #expect(faulty.codes.contains("LD012") && faulty.status == 1, "\(faulty.text)")
    }

    private static let bare = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    @Test func unreachableAndBadUsage() throws {
        let dead = "http://127.0.0.1:\(try Shared.deadPort.get().port)/"
        let found = try doctor(dead, ["--http", "both"])
        #expect(found.codes.first == "LD001" && found.status == 1)
        for bad in [
            ["nonsense", "--origin", "https://a.example"], [dead], [dead, "--origin", "a.example"],
            [dead, "--origin", "https://a.example/"],
        ] {
            #expect(try run(Places.letterhead, ["doctor"] + bad).status == 2, "\(bad)")
        }
    }

    @Test func speaksOfFlask() throws {
        let finished = try run(
            Places.letterhead,
            [
                "doctor", "\(try Self.app.get().address)/strict-slashes/items", "--origin", "https://app.example", "--method",
                "PUT", "--http", "1.1",
            ])
        #expect(finished.text.contains("Only the slash at the end differs") && finished.text.contains("in Flask: "))
        #expect(finished.status == 1)
    }
}
