import Foundation
import TestSupport
import Testing

/// Bodies flow as they come, and no faster than the other side reads. These measure, so they run one after the other.
@Suite(.serialized) struct StreamingTests {
    static let direct = Result {
        try ProxyProcess(
            "listen: 127.0.0.1:0\nworkers: 1\nlimits: { request_body: 0 }\nupstreams: { app: \(try Shared.app.get().address) }\n")
    }

    /// The app sends an event when the client has read the one before: a proxy that holds one back gets no other.
    @Test(arguments: HTTPVersion.allCases)
    func serverSentEventsComeAtOnce(_ version: HTTPVersion) throws {
        let heard = (0..<8).map { _ in Signal() }
        let origin = try RawOrigin { connection, _, origin in
            _ = try origin.request(on: connection)
            try connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for (event, signal) in heard.enumerated() {
                try connection.send("d\r\ndata: now \(event)\n\n\r\n")
                try signal.wait()
            }
            try connection.send("0\r\n\r\n")
        }
        let proxy = try ProxyProcess("listen: 127.0.0.1:0\nupstreams: { app: http://127.0.0.1:\(origin.port) }\n")
        let client = try ChildProcess("curl", ["-sSNf", version.curlOption, proxy.url])
        for (event, signal) in heard.enumerated() {
            _ = try client.line(.output) { $0 == "data: now \(event)" ? $0 : nil }
            signal.give()
        }
        #expect(try client.waitForExit() == 0)
    }

    @Test(arguments: HTTPVersion.allCases)
    func chunkedAndLong(_ version: HTTPVersion) throws {
        let url = try Self.direct.get().url
        let stream = try fetch(url + "/stream?lines=2000", version)
        #expect(stream.text.split(separator: "\n").count == 2000 && stream.text.hasSuffix("line 1999\n"))
        #expect((stream.fields["Transfer-Encoding"] == "chunked") == (version == .http1))
        let download = try fetch(url + "/download?bytes=3000001", version)
        #expect(download.body.count == 3_000_001 && download.fields["Content-Length"] == "3000001")
        for length in [["-H", "Content-Type: x/y"], ["-H", "Transfer-Encoding: chunked"]]
        where version == .http1 || length[1] != "Transfer-Encoding: chunked" {
            let upload = try fetch(
                url + "/upload", version, ["--data-binary", "@-", "-H", "Expect:"] + length, input: download.body)
            let sum = try run("sha256sum", [], input: download.body).text.prefix(64)
            #expect(upload.text.contains(sum) && upload.text.contains("3000001"))
        }
    }

    /// A body that ends early must be seen to end early.
    @Test(arguments: ["Content-Length: 100", "Transfer-Encoding: chunked"], HTTPVersion.allCases)
    func truncationIsNeverACleanEnd(_ framing: String, _ version: HTTPVersion) throws {
        let origin = try RawOrigin { connection, _, origin in
            _ = try origin.request(on: connection)
            try connection.send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n" + (framing.hasPrefix("C") ? "part" : "4\r\npart\r\n"))
        }
        let proxy = try ProxyProcess("listen: 127.0.0.1:0\nupstreams: { app: http://127.0.0.1:\(origin.port) }\n")
        let result = try curl(proxy.url, version)
        #expect(result.exitCode != 0, "\(result)")
    }

    static let size = 256 << 20

    /// The app reads nothing until the client cannot send more, then everything.
    @Test func uploadToASlowReader() throws {
        let stalled = Signal()
        let origin = try RawOrigin { connection, _, origin in
            _ = try connection.takeHead()
            try stalled.wait()
            let read = try connection.skip(Self.size)
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \("\(read)".count)\r\n\r\n\(read)")
        }
        let (proxy, before) = try measured(origin)
        let client = try Connection(port: proxy.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(Self.size)\r\n\r\n")
        let block = [UInt8](repeating: 0x61, count: 1 << 18)
        var left = Self.size
        while left > 0 {
            let sent = try client.offer(Array(block.prefix(left)), within: left == Self.size ? 5 : 0.3)
            left -= sent
            if sent == 0 { break }
        }
        #expect(left > Self.size / 2, "the client was held back")
        stalled.give()
        while left > 0 { left -= try client.offer(Array(block.prefix(left)), within: 20) }
        #expect(try client.takeResponse().text == "\(Self.size)")
        try expectSteady(proxy, before)
    }

    /// The client reads nothing until the app cannot send more, then everything.
    @Test func downloadToASlowClient() throws {
        let stalled = Signal()
        let origin = try RawOrigin { connection, _, origin in
            _ = try connection.takeHead()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(Self.size)\r\n\r\n")
            let block = [UInt8](repeating: 0x61, count: 1 << 18)
            var left = Self.size
            while left > 0 {
                let sent = try connection.offer(Array(block.prefix(left)), within: 0.3)
                left -= sent
                if sent == 0 { stalled.give() }
            }
        }
        let (proxy, before) = try measured(origin)
        let client = try Connection(port: proxy.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        try stalled.wait()
        #expect(try client.takeHead().status == 200)
        #expect(try client.skip(Self.size) == Self.size)
        try expectSteady(proxy, before)
    }

    /// The same through HTTP/2, with the real app: its client opens the window late, its reader pauses.
    @Test func bothOverHTTP2() throws {
        let size = 64 << 20
        let app = try Shared.app.get()
        let proxy = try ProxyProcess(
            "listen: 127.0.0.1:0\nworkers: 1\nlimits: { request_body: 0 }\nupstreams: { app: \(app.address) }\n")
        _ = try fetch(proxy.url + "/download?bytes=4000000", .http2)
        let before = try Memory(of: proxy.process)
        try Memory.forgetPeak(of: proxy.process)
        let download = try run(
            "curl",
            [
                "-sS", "--http2-prior-knowledge", "--limit-rate", "40M", "-o", "/dev/null", "-w", "%{size_download}",
                proxy.url + "/download?bytes=\(size)",
            ])
        #expect(download.text == "\(size)")
        let file = Places.scratch("upload")
        #expect(try run("truncate", ["-s", "\(size)", file]).status == 0)
        let upload = try fetch(proxy.url + "/upload?pause=0.05", .http2, ["-X", "POST", "-T", file])
        #expect(upload.text.contains("\(size)"))
        try expectSteady(proxy, before)
    }

    /// A proxy that has served once, and its memory.
    private func measured(_ origin: RawOrigin) throws -> (ProxyProcess, Memory) {
        let warm = try RawOrigin { _ in
            "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + String(repeating: "x", count: 300_000)
        }
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            workers: 1
            limits: { request_body: 0 }
            upstreams: { app: http://127.0.0.1:\(origin.port), warm: http://127.0.0.1:\(warm.port) }
            routes: [{ path: /warm, upstream: warm }, { upstream: app }]

            """)
        for _ in 0..<3 { _ = try fetch(proxy.url + "/warm", .http1, ["-d", String(repeating: "y", count: 100_000)]) }
        let before = try Memory(of: proxy.process)
        try Memory.forgetPeak(of: proxy.process)
        return (proxy, before)
    }

    private func expectSteady(_ proxy: ProxyProcess, _ before: Memory) throws {
        let growth = try Memory(of: proxy.process).peak - before.resident
        #expect(growth < 8 << 20 || !Memory.isMeasurable, "resident memory grew by \(growth >> 10) KiB")
    }
}
