import Foundation
import TestSupport
import Testing

/// A stream of events is silent for as long as nothing happens: its parts may be further apart than those of another response.
@Suite struct EventStreamTests {
    typealias H2 = HTTP2Frames

    private static func configuration(_ server: String, _ timeouts: String) -> String {
        "listen: 127.0.0.1:0\nworkers: 1\ntimeouts: { \(timeouts) }\nupstreams: { app: \"\(server)\" }\n\(Policy.rules)\n"
    }

    /// An app that sends an event, says nothing until another response has run into the timeout of all others, and sends one more.
    private static func origin(_ type: String, isHTTP2: Bool, _ silence: Signal) throws -> RawOrigin {
        try RawOrigin { connection, _, _ in
            if isHTTP2 {
                try connection.send(H2.frame(H2.Kind.settings))
                try connection.takePreface()
                let stream = try connection.takeHTTP2Request()
                try connection.send(
                    H2.headers(stream, [(":status", "200"), ("content-type", type)]) + H2.data(stream, "data: 1\n\n"))
                try silence.wait()
                try connection.send(H2.data(stream, "data: 2\n\n", end: true))
                _ = try connection.isClosedByPeer()
                return
            }
            _ = try connection.take(through: "\r\n\r\n")
            try connection.send("HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nConnection: close\r\n\r\ndata: 1\n\n")
            try silence.wait()
            try connection.send("data: 2\n\n")
        }
    }

    /// The other response, which ends after `timeouts.response`, is the clock.
    @Test(arguments: ["text/event-stream", "Text/Event-Stream; charset=utf-8"], [false, true])
    func outlivesOthers(_ type: String, _ isHTTP2: Bool) throws {
        let silence = Signal()
        let events = try Self.origin(type, isHTTP2: isHTTP2, silence)
        let others = try Self.origin("text/plain", isHTTP2: isHTTP2, Signal())
        let scheme = isHTTP2 ? "h2c" : "http"
        let proxy = try ProxyProcess(Self.configuration("\(scheme)://127.0.0.1:\(events.port)", "response: 1s"))
        let other = try ProxyProcess(Self.configuration("\(scheme)://127.0.0.1:\(others.port)", "response: 1s"))
        let stream = Background { try proxy.fetch("/") }
        // Their silences begin one after the other: this one when the first part is there.
        try events.wait(forConnections: 1)
        let cut = try curl(other.url, .http1)
        #expect(cut.exitCode != 0 && cut.response?.text == "data: 1\n\n", "\(cut)")
        for _ in 0..<2 { #expect(try curl(other.url, .http1).exitCode != 28) }
        silence.give()
        #expect(try stream.value().text == "data: 1\n\ndata: 2\n\n")
        #expect(try other.accessLog(["status": "200"])["reason"] == "response_timeout")
    }

    /// It has a limit of its own.
    @Test func hasALimit() throws {
        let origin = try Self.origin("text/event-stream", isHTTP2: false, Signal())
        let proxy = try ProxyProcess(
            Self.configuration("http://127.0.0.1:\(origin.port)", "response: 500ms, event_stream: 1s"))
        #expect(try curl(proxy.url, .http1).response?.text == "data: 1\n\n")
        #expect(try proxy.accessLog(["status": "200"])["reason"] == "response_timeout")
    }
}
