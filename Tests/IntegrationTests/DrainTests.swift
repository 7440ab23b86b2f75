import Foundation
import TestSupport
import Testing

/// The end of the process: nobody's exchange is cut, nobody new is taken.
@Suite struct DrainTests {
    /// A proxy in front of an app that answers when `answer` is given.
    struct Scene {
        let answer = Signal()
        let origin: RawOrigin
        let proxy: ProxyProcess

        init(drain: String = "1m") throws {
            origin = try RawOrigin { [answer] connection, _, origin in
                while let request = try origin.request(on: connection) {
                    if request.target == "/held" { try answer.wait() }
                    try connection.send(UpstreamTests.ok)
                }
            }
            proxy = try ProxyProcess(
                """
                listen: 127.0.0.1:0
                admin: 127.0.0.1:0
                workers: 2
                timeouts: { drain: \(drain) }
                upstreams: { app: http://127.0.0.1:\(origin.port) }
                \(Policy.rules)

                """)
        }

        func holdOne() throws -> Connection {
            let client = try Connection(port: proxy.port)
            try client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
            try origin.wait(forRequests: 1)
            return client
        }
    }

    @Test func inFlightExchangesFinish() throws {
        let scene = try Scene()
        #expect(try fetch(scene.proxy.adminURL + "/readyz").status == 200)
        let busy = try scene.holdOne()
        let idle = try Connection(port: scene.proxy.port)
        try idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try idle.takeResponse().status == 200)

        scene.proxy.process.signal(SIGTERM)
        #expect(try idle.isClosedByPeer(), "idle connections close at once")
        #expect(try fetch(scene.proxy.adminURL + "/readyz").status == 503)
        #expect(try fetch(scene.proxy.adminURL + "/livez").status == 200)
        #expect(throws: Disappointment.self, "nobody new is taken") { try Connection(port: scene.proxy.port) }

        scene.answer.give()
        let response = try busy.takeResponse()
        #expect(response.text == "good" && response.fields["Connection"]?.lowercased() == "close")
        Policy.expect(on: response, for: .noOrigin)
        #expect(try busy.isClosedByPeer())
        #expect(try scene.proxy.process.waitForExit() == 0)
    }

    @Test func withoutClientsItEndsAtOnce() throws {
        for signal in [SIGTERM, SIGINT] {
            let scene = try Scene(drain: "10m")
            #expect(try fetch(scene.proxy.url).text == "good")
            scene.proxy.process.signal(signal)
            #expect(try scene.proxy.process.waitForExit() == 0)
        }
    }

    @Test func aSecondSignalStopsAtOnce() throws {
        let scene = try Scene(drain: "10m")
        let busy = try scene.holdOne()
        scene.proxy.process.signal(SIGTERM)
        while try curl(scene.proxy.adminURL + "/readyz").response?.status == 200 {}
        scene.proxy.process.signal(SIGTERM)
        try scene.proxy.process.waitForExit()
        #expect(try busy.isClosedByPeer())
    }

    @Test func theWaitHasALimit() throws {
        let scene = try Scene(drain: "300ms")
        let busy = try scene.holdOne()
        scene.proxy.process.signal(SIGTERM)
        try scene.proxy.process.waitForExit()
        #expect(try busy.isClosedByPeer())
    }

    /// HTTP/2: GOAWAY, and the streams that are open end well.
    @Test func goAway() throws {
        let scene = try Scene()
        let client = try ChildProcess(
            Places.python("python"), [Places.integration("clients/http2.py"), "goaway", "\(scene.proxy.port)"])
        defer { client.stop() }
        try scene.origin.wait(forRequests: 1)
        scene.proxy.process.signal(SIGTERM)
        #expect(try client.line(.output) { $0.hasPrefix("goaway") ? String($0) : nil }.hasPrefix("goaway 0"))
        scene.answer.give()
        #expect(try client.line(.output) { $0.hasPrefix("stream") ? String($0) : nil } == "stream 1 200 good")
        #expect(try scene.proxy.process.waitForExit() == 0)
        #expect(try client.waitForExit() == 0)
    }
}
