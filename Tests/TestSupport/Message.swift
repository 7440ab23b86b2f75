import Foundation

/// Fields as they stood on the wire: names as spelled, in order.
package struct FieldList: Sendable, Equatable, CustomStringConvertible {
    package var lines: [Line]

    package struct Line: Sendable, Equatable {
        package var name: String
        package var value: String
    }

    package init(_ lines: [(String, String)]) { self.lines = lines.map { Line(name: $0.0, value: $0.1) } }

    /// From `Name: value` lines; spaces around the value go.
    package init(parsing lines: some Sequence<Substring>) {
        self.lines = lines.compactMap { line in
            // An HTTP/2 pseudo field begins with a colon.
            guard let colon = line.dropFirst().firstIndex(of: ":") else { return nil }
            return Line(
                name: String(line[..<colon]),
                value: String(line[line.index(after: colon)...]).trimmingCharacters(in: CharacterSet(charactersIn: " \t")))
        }
    }

    package var names: [String] { lines.map(\.name) }

    package func all(_ name: String) -> [String] {
        lines.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The value of the only line of that name; nil when there is none or more than one.
    package subscript(name: String) -> String? {
        let values = all(name)
        return values.count == 1 ? values[0] : nil
    }

    package var description: String { lines.map { "\($0.name): \($0.value)\n" }.joined() }
}

/// A request as a raw origin saw it.
package struct RawRequest: Sendable {
    package var method: String
    package var target: String
    package var version: String
    package var fields: FieldList
    package var body: [UInt8] = []
    package var trailers = FieldList([])

    package init(_ head: RawHead) {
        method = head.start[0]
        target = head.start.count > 1 ? head.start[1] : ""
        version = head.start.count > 2 ? head.start[2] : ""
        fields = head.fields
    }
}

/// A response as it stood on the wire.
package struct RawResponse: Sendable, CustomStringConvertible {
    package var version: String
    package var status: Int
    package var reason: String
    package var fields: FieldList
    package var body: [UInt8] = []
    package var trailers = FieldList([])
    /// Those before it: 100, 103 …
    package var informational: [RawHead] = []

    package init(version: String, status: Int, reason: String = "", fields: FieldList) {
        self.version = version
        self.status = status
        self.reason = reason
        self.fields = fields
    }

    init(_ head: RawHead) {
        self.init(
            version: head.start[0], status: head.status, reason: head.start.count > 2 ? head.start[2] : "", fields: head.fields)
    }

    package var text: String { String(decoding: body, as: UTF8.self) }
    package var description: String { "\(version) \(status) \(reason)\n\(fields)\n\(text.prefix(500))" }
}

/// A start line and the fields after it.
package struct RawHead: Sendable {
    package var start: [String]
    package var fields: FieldList
    package var status: Int { start.count > 1 ? Int(start[1]) ?? 0 : 0 }

    package init(_ bytes: some Sequence<UInt8>) {
        let lines = String(decoding: Array(bytes), as: UTF8.self).split(separator: "\r\n")
        start = (lines.first ?? "").split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        fields = FieldList(parsing: lines.dropFirst())
    }
}

extension Connection {
    package func takeHead() throws -> RawHead { RawHead(try take(through: "\r\n\r\n")) }

    /// The next request with its whole body; nil when the peer closed instead.
    package func takeRequest(whenExpected continuation: Bool = true) throws -> RawRequest? {
        if pending.isEmpty, try isClosedByPeer() { return nil }
        let head = try takeHead()
        guard head.start.count == 3 else { throw Disappointment("not a request line: \(head.start)") }
        var request = RawRequest(head)
        if continuation, head.fields["Expect"] == "100-continue" { try send("HTTP/1.1 100 Continue\r\n\r\n") }
        (request.body, request.trailers) = try takeBody(head.fields, untilClose: false)
        return request
    }

    /// The next final response with its whole body, and the 1xx before it.
    package func takeResponse(to method: String = "GET") throws -> RawResponse {
        var informational: [RawHead] = []
        var head = try takeHead()
        while head.status / 100 == 1, head.status != 101 {
            informational.append(head)
            head = try takeHead()
        }
        var response = RawResponse(head)
        response.informational = informational
        if method == "HEAD" || [101, 204, 304].contains(head.status) { return response }
        (response.body, response.trailers) = try takeBody(head.fields, untilClose: true)
        return response
    }

    private func takeBody(_ fields: FieldList, untilClose: Bool) throws -> ([UInt8], FieldList) {
        if fields["Transfer-Encoding"] != nil { return try takeChunks() }
        if let length = fields["Content-Length"].flatMap({ Int($0) }) { return (try take(exactly: length), FieldList([])) }
        return (untilClose ? try takeToEnd() : [], FieldList([]))
    }

    private func takeChunks() throws -> ([UInt8], FieldList) {
        var body: [UInt8] = []
        while true {
            let line = String(decoding: try take(through: "\r\n"), as: UTF8.self)
            guard let size = Int(line.prefix { $0.isHexDigit }, radix: 16) else { throw Disappointment("not a chunk: \(line)") }
            if size == 0 { break }
            body += try take(exactly: size)
            guard try take(exactly: 2) == [13, 10] else { throw Disappointment("a chunk without its end") }
        }
        var lines: [Substring] = []
        while true {
            let line = try take(through: "\r\n").dropLast(2)
            if line.isEmpty { return (body, FieldList(parsing: lines)) }
            lines.append(Substring(decoding: line, as: UTF8.self))
        }
    }
}
