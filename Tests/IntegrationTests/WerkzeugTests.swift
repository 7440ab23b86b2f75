import TestSupport
import Testing

/// Werkzeug's own server with the debugger on: its error page never sees `after_request`, and leaves with the policy all the same.
@Suite struct WerkzeugTests {
    static let proxy = Result {
        let app = try FlaskApp.werkzeug()
        return (app, try ProxyProcess("listen: 127.0.0.1:0\nupstreams: { app: \(app.address) }\n\(Policy.rules)\n"))
    }

    @Test(
        arguments: [("/", 200), ("/boom", 500), ("/notfound", 404), ("/stream", 200), ("/redirect", 302)], HTTPVersion.allCases)
    func everyPage(_ page: (path: String, status: Int), _ version: HTTPVersion) throws {
        let response = try fetch(try Self.proxy.get().1.url + page.path, version, ["-H", "Origin: \(Policy.origin)"])
        #expect(response.status == page.status)
        Policy.expect(on: response, for: .allowedOrigin, version)
        if page.path == "/boom" {
            #expect(response.text.contains("RuntimeError: on purpose") && response.text.contains("Werkzeug Debugger"))
            #expect(response.fields.all("X-App").isEmpty, "after_request did not run")
        }
    }

    @Test func nomination() throws {
        let response = try fetch(try Self.proxy.get().1.url + "/nominate", .http1, ["-H", "Origin: \(Policy.origin)"])
        #expect(response.text == "nominated\n")
        Policy.expect(on: response)
    }

    /// The reason why Letterhead is there: the same request, without it.
    @Test func withoutTheProxy() throws {
        let app = try Self.proxy.get().0
        let bare = try fetch(app.address + "/boom", .http1, ["-H", "Origin: \(Policy.origin)"])
        #expect(bare.status == 500 && bare.fields.all("Access-Control-Allow-Origin").isEmpty)
    }
}
