import Foundation
import TestSupport
import Testing

/// Links go ahead of the response, while the app has not said a word.
@Suite struct EarlyHintsTests {
    static let style = "</app.css>; rel=preload; as=style"
    static let cdn = "<https://cdn.example>; rel=preconnect"

    private static func proxy(_ origin: RawOrigin) throws -> ProxyProcess {
        try ProxyProcess(
            """
            listen: 127.0.0.1:0
            upstreams: { app: http://127.0.0.1:\(origin.port) }
            response_headers:
              - add: { Link: "\(Self.style)" }
                early_hints: true
              - add: { Link: "\(Self.cdn)" }
                early_hints: always
              - set: { X-End: "1" }
            routes:
              - { path: /deny, respond: 403 }
              - { upstream: app }

            """)
    }

    static let origin = Result {
        try RawOrigin { _ in "HTTP/1.1 200 OK\r\nLink: </own>; rel=next\r\nContent-Length: 2\r\n\r\nok" }
    }
    static let shared = Result { try proxy(try origin.get()) }

    struct Case: Sendable {
        var version: HTTPVersion
        var arguments: [String] = []
        var path = "/"
        var hints: [String]?
        var status = 200
    }

    @Test(arguments: [
        Case(version: .http2, hints: [style, cdn]),
        Case(version: .http2, arguments: ["-H", "Sec-Fetch-Mode: navigate"], hints: [style, cdn]),
        Case(version: .http2, arguments: ["-H", "Sec-Fetch-Mode: no-cors"]),
        Case(version: .http2, arguments: ["--head"], hints: [style, cdn]),
        Case(version: .http2, arguments: ["-d", "x"]),
        Case(version: .http2, path: "/deny", status: 403),
        Case(version: .http1, hints: [cdn]),
        Case(version: .http1, arguments: ["-H", "Sec-Fetch-Mode: cors"]),
        Case(version: .http1, arguments: ["-d", "x"]),
        Case(version: .http1, arguments: ["--http1.0"]),
    ])
    func hints(_ example: Case) throws {
        let response = try Self.shared.get().fetch(example.path, example.version, example.arguments)
        #expect(response.status == example.status)
        #expect(response.informational.map(\.status) == (example.hints == nil ? [] : [103]), "\(response)")
        #expect(response.informational.flatMap { $0.fields.lines.map(\.value) } == example.hints ?? [])
        let own = example.status == 200 ? ["</own>; rel=next"] : []
        #expect(response.fields.all("Link") == own + [Self.style, Self.cdn])
        #expect(response.fields["X-End"] == "1")
    }

    /// The client has the links before the app has answered.
    @Test func theyDoNotWait() throws {
        let answer = Signal()
        let origin = try RawOrigin { connection, _, origin in
            guard try origin.request(on: connection) != nil else { return }
            try answer.wait()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        let proxy = try Self.proxy(origin)
        let connection = try Connection(port: proxy.port)
        try connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let hints = try connection.takeHead()
        #expect(hints.status == 103 && hints.fields.all("Link") == [Self.cdn])
        answer.give()
        #expect(try connection.takeHead().status == 200)
    }

    /// A request that is repeated on another connection is announced once; the app's own 103 passes behind the proxy's.
    @Test func onceEach() throws {
        let origin = try RawOrigin { connection, number, origin in
            while let request = try origin.request(on: connection) {
                // The first connection is closed instead of a second answer.
                if number == 0, request.target == "/again" { return }
                try connection.send(
                    "HTTP/1.1 103 Early Hints\r\nLink: </own.js>; rel=preload; as=script\r\n\r\n"
                        + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        }
        let proxy = try Self.proxy(origin)
        for path in ["/first", "/again"] {
            let response = try proxy.fetch(path)
            #expect(response.status == 200)
            #expect(
                response.informational.map { $0.fields.all("Link") } == [[Self.cdn], ["</own.js>; rel=preload; as=script"]],
                "\(response)")
        }
        #expect(origin.requests.map(\.target).last == "/again")
    }

    @Test func nghttpSeesThem() throws {
        let proxy = try Self.shared.get()
        let finished = try run("nghttp", ["-nv", proxy.url + "/"])
        let plain = finished.text.replacing(#/\u{1b}\[[0-9;]*m/#, with: "")
        let statuses = plain.matches(of: #/recv \(stream_id=\d+\) :status: (\d+)/#).map { String($0.1) }
        #expect(statuses == ["103", "200"], "\(plain)")
    }
}
