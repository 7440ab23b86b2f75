import TestSupport
import Testing

/// HTTP/2 with prior knowledge, on the same port: by nghttp, and by a client that does unusual things.
@Suite struct HTTP2Tests {
    @Test func nghttpSeesThePolicyOnEveryStream() throws {
        let url = try Shared.proxy.get().url
        let paths = ["/", "/boom", "/etag", "/deny", "/down/x", "/stream", "/notfound", "/download?bytes=200000"]
        let finished = try run("nghttp", ["-nv", "-H", "Origin: \(Policy.origin)"] + paths.map { url + $0 })
        #expect(finished.status == 0, "\(finished)")
        // `[  0.003] recv (stream_id=13) :status: 200`, and colours.
        var streams: [Substring: [Substring]] = [:]
        for line in finished.text.split(separator: "\n") {
            let plain = line.replacing(#/\u{1b}\[[0-9;]*m/#, with: "")[...]
            guard let match = plain.firstMatch(of: #/recv \(stream_id=(\d+)(?:, sensitive)?\) (.*)/#) else { continue }
            streams[plain[match.1.startIndex..<match.1.endIndex], default: []].append(
                plain[match.2.startIndex..<match.2.endIndex])
        }
        #expect(streams.count == paths.count)
        for lines in streams.values {
            let fields = FieldList(parsing: lines)
            #expect(fields.lines.first?.name == ":status")
            Policy.expect(on: RawResponse(version: "HTTP/2", status: 0, fields: fields), for: .allowedOrigin, .http2)
            #expect(fields.all("connection").isEmpty && fields.all("transfer-encoding").isEmpty)
        }
    }

    @Test func manyStreamsAtOnce() throws {
        let url = try Shared.proxy.get().url
        let finished = try run(
            "h2load", ["-n", "400", "-c", "2", "-m", "20", "--no-tls-proto=h2c", url + "/stream?lines=20", url + "/boom"])
        #expect(
            finished.text.contains("400 total, 400 started, 400 done, 200 succeeded, 200 failed, 0 errored, 0 timeout"),
            "\(finished)")
    }

    @Test func aSlowStreamSlowsItselfAlone() throws {
        let finished = try Self.client("isolation", try Shared.proxy.get())
        #expect(
            finished == [
                "stream 3 200 hello", "stream 5 200 hello", "stream 7 200 hello", "beside 3000000", "held 65535",
                "freed 3000000",
            ])
    }

    @Test func aSlowReaderSlowsItsStreamAlone() throws {
        let origin = try RawOrigin { connection, _, origin in
            while true {
                let head = try connection.takeHead()
                if head.start[1] == "/held" {
                    // Reads nothing until the test is over.
                    try Signal().wait()
                }
                if let length = head.fields["Content-Length"].flatMap({ Int($0) }) { _ = try connection.take(exactly: length) }
                if head.fields["Transfer-Encoding"] != nil { _ = try connection.take(through: "0\r\n\r\n") }
                try connection.send(UpstreamTests.ok)
            }
        }
        let proxy = try ProxyProcess(
            "listen: 127.0.0.1:0\nlimits: { request_body: 0 }\nupstreams: { app: http://127.0.0.1:\(origin.port) }\n")
        let lines = try Self.client("upload", proxy)
        #expect(
            lines.first == "stalled True" && lines.count == 7 && lines.dropFirst().allSatisfy { $0.hasSuffix("200 good") },
            "\(lines)")
    }

    /// 431 with the policy, on the stream, and the connection goes on.
    @Test func largeHeaderBlocks() throws {
        let lines = try Self.client("large", try Shared.proxy.get())
        #expect(lines.filter { $0.hasPrefix("stream") }.map { $0.split(separator: " ")[2] } == ["431", "431", "200"], "\(lines)")
        for part in lines.split(whereSeparator: { $0.hasPrefix("stream") }).prefix(2) {
            Policy.expect(
                on: RawResponse(version: "HTTP/2", status: 431, fields: FieldList(parsing: part.map { $0[...] })),
                for: .noOrigin, .http2)
        }
    }

    @Test func trailersBothWays() throws {
        let origin = try RawOrigin { request in
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: \(request.trailers["x-client-sum"] ?? "none")\r\n\r\n"
        }
        let lines = try Self.client("trailers", try ProxyProcess(HTTP1Tests.simple(origin)))
        #expect(lines == ["stream 1 200 ok", "trailers [('x-sum', '42')]"])
    }

    @Test func badStreamsAreRefusedAlone() throws {
        let origin = try RawOrigin { _ in UpstreamTests.ok }
        let lines = try Self.client("bad", try ProxyProcess(HTTP1Tests.simple(origin)))
        #expect(lines.count == 14 && lines.last?.hasSuffix("200 good") == true)
        for line in lines.dropLast() {
            #expect(line.hasSuffix(": 400") || line.contains(": reset "), "\(line)")
        }
        #expect(origin.requests.count == 1)
    }

    static func client(_ scenario: String, _ proxy: ProxyProcess) throws -> [String] {
        let finished = try run(Places.python("python"), [Places.integration("clients/http2.py"), scenario, "\(proxy.port)"])
        #expect(finished.status == 0, "\(finished)")
        return finished.text.split(separator: "\n").map(String.init)
    }
}
