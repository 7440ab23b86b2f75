import Foundation
import TestSupport
import Testing

/// What `check` lets pass runs, and what it does not, `run` refuses with the same words.
@Suite struct CheckAgreesTests {
    private static func file(_ routes: String) throws -> String {
        let file = Places.scratch("agrees.yaml")
        try "listen: 127.0.0.1:0\nupstreams: { app: http://127.0.0.1:5000 }\nroutes:\n  - \(routes)\n  - { upstream: app }\n"
            .write(toFile: file, atomically: true, encoding: .utf8)
        return file
    }

    @Test(arguments: [
        "{ method: [PURGE, brew], respond: 204 }", "{ method: GET, respond: 204 }",
        "{ host: A.Example, path: /a/**, respond: 204 }", "{ path: /x, redirect: { to: \"/y?{query}\" } }",
    ]) func runs(_ route: String) throws {
        let file = try Self.file(route)
        let checked = try run(Places.letterhead, ["check", "--config", file])
        #expect(checked.status == 0, "\(checked.errors)")
        _ = try ProxyProcess(file: file)
    }

    @Test(arguments: [
        "{ method: get, respond: 204 }", "{ method: [PURGE, Post], respond: 204 }", "{ method: \"G T\", respond: 204 }",
        "{ method: \"\", respond: 204 }", "{ host: \"a..b\", respond: 204 }",
        "{ path: \"a\", respond: 204 }", "{ path: /x, redirect: \"/y{nothing}\" }", "{ path: /x, redirect: \"/{status}\" }",
        "{ path: /x, upstream: nobody }", "{ path: /x, respond: 204, response_headers: [{ set: { Content-Length: 1 } }] }",
        "{ path: /x, respond: 204, response_headers: [{ edit: { Location: { match: \"(\", replace: x } } }] }",
        "{ path: /x, respond: 204, request_headers: [{ set: { X-A: \"{response.header.a}\" } }] }",
    ]) func refuses(_ route: String) throws {
        let file = try Self.file(route)
        let checked = try run(Places.letterhead, ["check", "--config", file])
        let started = try run(Places.letterhead, ["run", "--config", file])
        #expect(checked.status == 2 && started.status == 2, "\(checked.text)\(started.text)")
        #expect(checked.errors == started.errors && checked.errors.contains("\(file):4:"), "\(checked.errors)\n\(started.errors)")
    }
}
