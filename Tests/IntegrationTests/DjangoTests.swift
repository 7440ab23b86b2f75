import Foundation
import TestSupport
import Testing

/// What the cookbook says of Django's own refusals, before a real one: the page reads each of them, and the view gives it a token.
@Suite struct DjangoTests {
    @Test func tokenForAPage() throws {
        let page = try String(contentsOfFile: "\(Places.repository)/config/reference/cookbook.md", encoding: .utf8)
        let section = try #require(page.components(separatedBy: "\n## Django\n").last?.components(separatedBy: "\n## ").first)
        let view = try #require(section.firstMatch(of: #/```python\n((?:.*\n)*?)```/#)).1
        let folder = Places.scratch("django")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try String(view).write(toFile: "\(folder)/cookbook.py", atomically: true, encoding: .utf8)
        try FileManager.default.copyItem(
            atPath: Places.integration("app/django_site.py"), toPath: "\(folder)/django_site.py")
        let app = try FlaskApp.gunicorn("django_site:app", folder: folder)
        defer { withExtendedLifetime(app) {} }
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            upstreams: { app: \(app.address) }
            response_headers:
              - cors: { allow_origins: ["http://localhost:*"], allow_credentials: true }

            """)
        let jar = Places.scratch("cookies")
        func put(from origin: String, _ arguments: [String] = []) throws -> RawResponse {
            let answer = try proxy.fetch("/items/7", .http1, ["-X", "PUT", "-H", "Origin: \(origin)"] + arguments)
            #expect(answer.fields["Access-Control-Allow-Origin"] == origin)
            return answer
        }
        let stranger = try put(from: "http://localhost:4000")
        #expect(stranger.status == 403 && stranger.text.contains("Origin checking failed"), "\(stranger)")
        #expect(section.contains("Origin checking failed") && section.contains("CSRF cookie not set"))
        let page3000 = "http://localhost:3000"
        let bare = try put(from: page3000)
        #expect(bare.status == 403 && bare.text.contains("CSRF cookie not set"), "\(bare)")
        let given = try proxy.fetch("/csrf", .http1, ["-c", jar, "-H", "Origin: \(page3000)"])
        let token = try #require(JSONSerialization.jsonObject(with: Data(given.text.utf8)) as? [String: String])["token"]
        let saved = try put(from: page3000, ["-b", jar, "-H", "X-CSRFToken: \(token ?? "")"])
        #expect(saved.status == 200 && saved.text == "saved")
        // `doctor` reads the page of the refusal, and says the same.
        let told = try run(
            Places.letterhead,
            ["doctor", "\(proxy.url)/items/7", "--origin", page3000, "--method", "PUT", "--credentials", "include"])
        #expect(told.text.contains("get_token(request)") && told.text.contains("CSRF_TRUSTED_ORIGINS"), "\(told.text)")
    }
}
