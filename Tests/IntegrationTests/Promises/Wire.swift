import Foundation
import TestSupport

/// Texts that stand for bytes, a scalar each, so that every byte can be said and seen.
enum Bytes {
    static func of(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}

/// Reads an HTTP/1 connection's whole output as one exchange, and forgives nothing: what a lenient client would read as two messages
/// is an error here.
struct StrictReader {
    private var rest: ArraySlice<UInt8>

    static func response(_ bytes: [UInt8], to method: String) throws -> RawResponse {
        var reader = StrictReader(rest: bytes[...])
        var informational: [RawHead] = []
        var head = try reader.head()
        while head.status / 100 == 1, head.status != 101 {
            informational.append(head)
            head = try reader.head()
        }
        var response = RawResponse(version: head.start[0], status: head.status, fields: head.fields)
        response.informational = informational
        if method == "HEAD" || [204, 304].contains(head.status) {
            // Nothing may follow.
        } else if head.fields["Transfer-Encoding"] == "chunked" {
            try reader.chunks(into: &response)
        } else if let length = head.fields["Content-Length"].flatMap({ Int($0) }) {
            response.body = try reader.take(length)
        } else {
            response.body = try reader.take(reader.rest.count)
        }
        guard reader.rest.isEmpty else { throw Disappointment("bytes after the response: \(Bytes.text(reader.rest))") }
        return response
    }

    private mutating func take(_ count: Int) throws -> [UInt8] {
        guard rest.count >= count else { throw Disappointment("\(rest.count) of \(count) bytes: \(Bytes.text(rest))") }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    private mutating func line() throws -> [UInt8] {
        guard let end = rest.firstIndex(of: 10), end > rest.startIndex, rest[end - 1] == 13 else {
            throw Disappointment("not a line: \(Bytes.text(rest.prefix(500)).debugDescription)")
        }
        let line = Array(rest[..<(end - 1)])
        rest = rest[(end + 1)...]
        return line
    }

    private mutating func head() throws -> RawHead {
        let start = try line()
        guard start.starts(with: Array("HTTP/1.1 ".utf8)) else { throw Disappointment("not a status line: \(Bytes.text(start))") }
        return RawHead("\(Bytes.text(start))\r\n\(try fieldLines())".utf8)
    }

    private mutating func fieldLines() throws -> String {
        var text = ""
        while true {
            let next = try line()
            if next.isEmpty { return text }
            guard let colon = next.firstIndex(of: 0x3A), colon > 0, next[..<colon].allSatisfy(Self.isToken),
                next.allSatisfy({ $0 == 9 || ($0 >= 0x20 && $0 != 0x7F) })
            else { throw Disappointment("not a field: \(Bytes.text(next).debugDescription)") }
            text += Bytes.text(next) + "\r\n"
        }
    }

    private mutating func chunks(into response: inout RawResponse) throws {
        while true {
            guard let size = Int(Bytes.text(try line()), radix: 16) else { throw Disappointment("not a chunk") }
            if size == 0 { break }
            response.body += try take(size)
            guard try line().isEmpty else { throw Disappointment("a chunk without its end") }
        }
        response.trailers = RawHead("\r\n\(try fieldLines())".utf8).trailers
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

extension RawHead {
    /// The fields of a head without a start line.
    fileprivate var trailers: FieldList {
        let first = start.joined(separator: " ")
        return FieldList(parsing: first.isEmpty ? [] : [first[...]]).appending(fields)
    }
}

extension FieldList {
    func appending(_ other: FieldList) -> FieldList {
        var both = self
        both.lines += other.lines
        return both
    }

    /// As they leave: HTTP/2 has lowercase names.
    func spelled(for version: HTTPVersion) -> FieldList {
        version == .http1 ? self : FieldList(lines.map { ($0.name.lowercased(), $0.value) })
    }

    /// Lines of the named fields, in order.
    func only(_ names: [String]) -> FieldList {
        let wanted = Set(names.map { $0.lowercased() })
        return FieldList(lines.filter { wanted.contains($0.name.lowercased()) }.map { ($0.name, $0.value) })
    }
}

/// An HTTP/2 client that sends whatever it is told, valid or not, and repairs nothing that it gets.
enum HTTP2Relay {
    private static let program = """
        import json, socket, socketserver
        import h2.config, h2.connection, h2.events, h2.settings, h2.stream

        # Lengths are compared in the tests: this library expects a body after 304 with Content-Length.
        h2.stream.H2Stream._initialize_content_length = lambda self, headers: None

        def plain(headers):
            as_bytes = lambda part: part if isinstance(part, bytes) else part.encode("latin1")
            return [[str(as_bytes(n), "latin1"), str(as_bytes(v), "latin1")] for n, v in headers]

        def exchange(order):
            peer = socket.create_connection(("127.0.0.1", order["port"]), timeout=60)
            connection = h2.connection.H2Connection(h2.config.H2Configuration(
                validate_outbound_headers=False, normalize_outbound_headers=False,
                validate_inbound_headers=False, normalize_inbound_headers=False, header_encoding=None))
            connection.local_settings[h2.settings.SettingCodes.ENABLE_PUSH] = 0
            connection.local_settings[h2.settings.SettingCodes.MAX_HEADER_LIST_SIZE] = 1 << 24
            connection.initiate_connection()
            connection.decoder.max_header_list_size = 1 << 24
            fields = [(n.encode("latin1"), v.encode("latin1")) for n, v in order["fields"]]
            body = order["body"].encode("latin1")
            trailers = [(n.encode("latin1"), v.encode("latin1")) for n, v in order["trailers"]]
            connection.send_headers(1, fields, end_stream=not body)

            def push(rest):
                while rest and (room := min(connection.local_flow_control_window(1), 16384)) > 0:
                    part, rest = rest[:room], rest[room:]
                    connection.send_data(1, part, end_stream=not rest and not trailers)
                    if not rest and trailers:
                        connection.send_headers(1, trailers, end_stream=True)
                return rest

            body = push(body)
            peer.sendall(connection.data_to_send())
            result = {"informational": [], "fields": [], "trailers": [], "body": "", "end": ""}
            while not result["end"]:
                data = peer.recv(1 << 16)
                if not data:
                    result["end"] = "closed"
                for event in connection.receive_data(data):
                    if isinstance(event, h2.events.InformationalResponseReceived):
                        result["informational"].append(plain(event.headers))
                    elif isinstance(event, h2.events.ResponseReceived):
                        result["fields"] = plain(event.headers)
                    elif isinstance(event, h2.events.TrailersReceived):
                        result["trailers"] = plain(event.headers)
                    elif isinstance(event, h2.events.DataReceived):
                        result["body"] += str(event.data, "latin1")
                        connection.acknowledge_received_data(event.flow_controlled_length, 1)
                    elif isinstance(event, h2.events.StreamEnded):
                        result["end"] = "ended"
                    elif isinstance(event, h2.events.StreamReset):
                        result["end"] = result["end"] or f"reset {int(event.error_code)}"
                    elif isinstance(event, h2.events.ConnectionTerminated):
                        result["end"] = f"goaway {int(event.error_code)}"
                body = push(body) if not result["end"] else b""
                try:
                    peer.sendall(connection.data_to_send())
                except OSError:
                    pass
            return result

        class Relay(socketserver.StreamRequestHandler):
            def handle(self):
                try:
                    answer = exchange(json.loads(self.rfile.readline()))
                except Exception as error:
                    answer = {"end": f"failed: {error!r}"}
                self.wfile.write(json.dumps(answer).encode() + b"\\n")

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 128

        server = Server(("127.0.0.1", 0), Relay)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """

    private static let running = Result {
        let process = try ChildProcess(Places.python("python"), ["-c", program])
        return (process, port: try process.line(.output) { Int($0) })
    }

    /// Nil when the stream got no answer: reset, or the connection closed.
    static func exchange(port: Int, _ fields: [(String, String)], body: String, trailers: [(String, String)] = []) throws
        -> RawResponse?
    {
        let order: [String: Any] = [
            "port": port, "fields": fields.map { [$0.0, $0.1] }, "body": body, "trailers": trailers.map { [$0.0, $0.1] },
        ]
        let connection = try Connection(port: try running.get().port)
        connection.patience = 40
        try connection.send(Array(try JSONSerialization.data(withJSONObject: order)) + [10])
        let data = Data(try connection.take(through: "\n"))
        guard let answer = try JSONSerialization.jsonObject(with: data) as? [String: Any], let end = answer["end"] as? String
        else { throw Disappointment("no word from the HTTP/2 client") }
        if end.hasPrefix("reset") || end.hasPrefix("goaway") || end == "closed" { return nil }
        guard end == "ended" else { throw Disappointment("the HTTP/2 client \(end)") }
        let lines = list(answer["fields"])
        let pseudo = lines.prefix { $0.0.hasPrefix(":") }
        guard pseudo.count == 1, pseudo[0].0 == ":status", let status = Int(pseudo[0].1) else {
            throw Disappointment("not a response: \(lines)")
        }
        var response = RawResponse(version: "HTTP/2", status: status, fields: FieldList(Array(lines.dropFirst())))
        response.body = Bytes.of(answer["body"] as? String ?? "")
        response.trailers = FieldList(list(answer["trailers"]))
        response.informational = (answer["informational"] as? [Any] ?? []).map { entry in
            let lines = list(entry)
            var head = RawHead("HTTP/2 \(lines.first?.1 ?? "")\r\n".utf8)
            head.fields = FieldList(Array(lines.dropFirst()))
            return head
        }
        for line in response.fields.lines + response.trailers.lines {
            let isFine = line.value.unicodeScalars.allSatisfy { $0 == "\t" || ($0.value >= 0x20 && $0.value != 0x7F) }
            guard isFine, line.name == line.name.lowercased(), !line.name.isEmpty, !line.name.hasPrefix(":") else {
                throw Disappointment("not a field: \(line)")
            }
        }
        return response
    }

    private static func list(_ value: Any?) -> [(String, String)] {
        (value as? [[String]] ?? []).map { ($0[0], $0[1]) }
    }
}
