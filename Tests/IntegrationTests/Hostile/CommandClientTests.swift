import Foundation
import TestSupport
import Testing

/// `doctor`, `explain --live` and `healthcheck` against servers that never come to an end: bounded in time and memory.
@Suite struct CommandClientTests {
    enum Endless: String, CaseIterable {
        case body, chunks, head, interim, trailers, chunkExtension, statusLine, silence

        /// What comes first, and what comes then again and again.
        var parts: (first: String, again: String) {
            switch self {
            case .body: ("HTTP/1.1 200 OK\r\n\r\n", String(repeating: "x", count: 65_536))
            case .chunks:
                ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "10000\r\n\(String(repeating: "x", count: 65_536))\r\n")
            case .head: ("HTTP/1.1 200 OK\r\n", "X-More: \(String(repeating: "x", count: 1_000))\r\n")
            case .interim: ("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            case .trailers:
                (
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
                    "X-More: \(String(repeating: "x", count: 1_000))\r\n"
                )
            case .chunkExtension:
                ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1", ";a=\(String(repeating: "x", count: 1_000))")
            case .statusLine: ("HTTP/1.1 200 ", String(repeating: "x", count: 65_536))
            case .silence: ("", "")
            }
        }
    }

    private static func origin(_ kind: Endless) throws -> RawOrigin {
        try RawOrigin { connection, _, origin in
            _ = try origin.request(on: connection)
            let (first, again) = kind.parts
            try connection.send(first)
            guard !again.isEmpty else { return try _ = connection.takeToEnd() }
            while true { try connection.send(again) }
        }
    }

    /// With the most memory that the program had, in KiB.
    private static func limited(_ arguments: [String]) throws -> (finished: Finished, peak: Int) {
        let script =
            "import resource, subprocess, sys\n"
            + "done = subprocess.run(sys.argv[1:])\n"
            + "sys.stderr.write(f'\\npeak {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}\\n')\nsys.exit(done.returncode)"
        let finished = try run(Places.python("python"), ["-c", script, Places.letterhead] + arguments, within: 60)
        let peak = finished.errors.split(separator: "\n").last { $0.hasPrefix("peak ") }
        return (finished, peak.flatMap { Int($0.dropFirst(5)) } ?? .max)
    }

    @Test(arguments: Endless.allCases) func doctor(_ kind: Endless) throws {
        let origin = try Self.origin(kind)
        defer { origin.stop() }
        let (finished, peak) = try Self.limited([
            "doctor", "http://127.0.0.1:\(origin.port)/", "--origin", "https://app.example", "--timeout", "3000",
            "--total-timeout",
            "4000",
        ])
        #expect(finished.status == 1 && !finished.text.contains("refused"), "\(finished.text)")
        #expect(peak < 120 << 10, "\(peak) KiB")
    }

    @Test(arguments: Endless.allCases) func explainLive(_ kind: Endless) throws {
        let origin = try Self.origin(kind)
        defer { origin.stop() }
        let file = Places.scratch("endless.yaml")
        try "upstreams: { app: http://127.0.0.1:\(origin.port) }\n".write(toFile: file, atomically: true, encoding: .utf8)
        let (finished, peak) = try Self.limited(["explain", "-c", file, "--live"])
        #expect(finished.status == 0 && finished.text.contains("response  "), "\(finished.text)\(finished.errors)")
        #expect(peak < 120 << 10, "\(peak) KiB")
    }

    @Test(arguments: Endless.allCases) func healthcheck(_ kind: Endless) throws {
        let origin = try Self.origin(kind)
        defer { origin.stop() }
        let (finished, peak) = try Self.limited(["healthcheck", "--address", "127.0.0.1:\(origin.port)", "--timeout", "2000"])
        // The status is known as soon as the head is.
        #expect(finished.status == ([.body, .chunks, .trailers, .chunkExtension].contains(kind) ? 0 : 1), "\(finished.errors)")
        #expect(peak < 120 << 10, "\(peak) KiB")
    }

    @Test func endlessRedirects() throws {
        let counter = Counter()
        let origin = try RawOrigin { _ in
            "HTTP/1.1 302 Found\r\nLocation: /\(counter.next())\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\n\r\n"
        }
        defer { origin.stop() }
        let (finished, _) = try Self.limited(["doctor", "http://127.0.0.1:\(origin.port)/", "--origin", "https://app.example"])
        #expect(finished.status == 1 && finished.text.contains("LD032"), "\(finished.text)")
    }

    /// A server of plain http is not sent what only HTTP/2 knows, unless that was asked for.
    @Test(arguments: [nil, "2"]) func noPreface(_ version: String?) throws {
        let seen = Signal()
        let origin = try RawOrigin { connection, _, origin in
            if let request = try origin.request(on: connection), request.method == "PRI" { seen.give() }
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        defer { origin.stop() }
        _ = try run(
            Places.letterhead,
            ["doctor", "http://127.0.0.1:\(origin.port)/", "--origin", "https://app.example", "--timeout", "2000"]
                + (version.map { ["--http", $0] } ?? []))
        if version == nil { #expect(throws: (any Error).self) { try seen.wait(within: 0) } } else { try seen.wait() }
    }
}
