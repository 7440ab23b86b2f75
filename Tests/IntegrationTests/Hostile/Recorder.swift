import Foundation
import TestSupport
import Testing

/// An app that keeps every byte that it is sent, connection by connection, and answers what it reads as a request by the strictest
/// rules. What it could not read that way is the proxy's fault.
final class Recorder: @unchecked Sendable {
    private let lock = NSLock()
    private var kept: [Record] = []
    private(set) var origin: RawOrigin?
    private var script: @Sendable (Record) -> Reply = { _ in .ok }

    /// What one connection said.
    struct Record: Sendable {
        var connection: Int
        /// Nil for bytes that are not, or not yet, a whole request.
        var request: StrictRequest?
        var bytes: [UInt8]
    }

    /// What is said to a request, and whether the connection goes on.
    struct Reply: Sendable {
        var bytes: [UInt8]
        var closes = false

        static let ok = Reply(bytes: Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8))
    }

    init() throws {
        origin = try RawOrigin { [weak self] connection, number, _ in
            var bytes: [UInt8] = []
            while let self {
                bytes += connection.takePending()
                while let (request, length) = try? StrictRequest.read(bytes) {
                    let record = Record(connection: number, request: request, bytes: Array(bytes[..<length]))
                    bytes.removeFirst(length)
                    self.lock.withLock { self.kept.append(record) }
                    let reply = self.lock.withLock { self.script }(record)
                    try connection.send(reply.bytes)
                    if reply.closes { return }
                }
                guard (try? connection.receive()) == true else {
                    if !bytes.isEmpty {
                        self.lock.withLock { self.kept.append(Record(connection: number, request: nil, bytes: bytes)) }
                    }
                    return
                }
            }
        }
    }

    var port: Int { origin?.port ?? 0 }

    func answer(_ script: @escaping @Sendable (Record) -> Reply) { lock.withLock { self.script = script } }

    /// What came since this was last asked. Bytes that are no request are there once their connection is closed.
    func take() -> [Record] {
        lock.withLock {
            defer { kept = [] }
            return kept
        }
    }
}

/// A request that has one meaning only, for anybody.
struct StrictRequest: Sendable, Equatable {
    var method: String
    var target: String
    var fields: [String]
    var body: [UInt8]

    /// Nil when more bytes are needed; throws when there is no such request.
    static func read(_ bytes: [UInt8]) throws -> (StrictRequest, Int)? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        var lines = Bytes.text(bytes[..<end.lowerBound]).components(separatedBy: "\r\n")
        let start = lines.removeFirst().components(separatedBy: " ")
        guard start.count == 3, start[2] == "HTTP/1.1", !start[0].isEmpty else { throw Disappointment("not a request line") }
        var request = StrictRequest(method: start[0], target: start[1], fields: lines, body: [])
        guard lines.allSatisfy({ isField($0) }), request.all("host").count == 1 else { throw Disappointment("not fields") }
        let lengths = request.all("content-length")
        let codings = request.all("transfer-encoding")
        guard lengths.count + codings.count <= 1 else { throw Disappointment("two framings") }
        if let length = lengths.first {
            guard let count = Int(length), "\(count)" == length else { throw Disappointment("not a length") }
            guard bytes.count >= end.upperBound + count else { return nil }
            request.body = Array(bytes[end.upperBound..<end.upperBound + count])
            return (request, end.upperBound + count)
        }
        guard let coding = codings.first else { return (request, end.upperBound) }
        guard coding == "chunked" else { throw Disappointment("another coding") }
        var place = end.upperBound
        while true {
            guard let line = bytes[place...].firstRange(of: [13, 10]) else { return nil }
            guard let size = Int(Bytes.text(bytes[place..<line.lowerBound]), radix: 16) else {
                throw Disappointment("not a chunk")
            }
            place = line.upperBound
            if size == 0 { break }
            guard bytes.count >= place + size + 2 else { return nil }
            request.body += bytes[place..<place + size]
            guard bytes[place + size] == 13, bytes[place + size + 1] == 10 else { throw Disappointment("not the end of a chunk") }
            place += size + 2
        }
        while true {
            guard let line = bytes[place...].firstRange(of: [13, 10]) else { return nil }
            let text = Bytes.text(bytes[place..<line.lowerBound])
            place = line.upperBound
            if text.isEmpty { return (request, place) }
            guard isField(text) else { throw Disappointment("not a trailer") }
        }
    }

    /// The values of a field.
    func all(_ name: String) -> [String] {
        fields.compactMap { line in
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else { return nil }
            return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
    }

    private static func isField(_ line: String) -> Bool {
        guard let colon = line.unicodeScalars.firstIndex(of: ":") else { return false }
        let name = line.unicodeScalars[..<colon]
        return !name.isEmpty
            && name.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789!#$%&'*+-.^_`|~".unicodeScalars.contains($0))
            }
            && line.unicodeScalars.allSatisfy { $0 == "\t" || ($0.value >= 0x20 && $0.value != 0x7F) }
    }
}

/// A proxy with the policy of the integration tests in front of a recorder.
struct HostileStand {
    let recorder: Recorder
    let proxy: ProxyProcess

    init(_ more: String = "") throws {
        recorder = try Recorder()
        proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            workers: 1
            access_log: off
            upstreams: { app: http://127.0.0.1:\(recorder.port) }
            \(more)
            \(Policy.rules)

            """)
    }

    /// Everything that the proxy says to these bytes, to the end of the connection.
    func send(_ bytes: [UInt8]) throws -> [UInt8] {
        let connection = try Connection(port: proxy.port)
        try connection.send(bytes)
        return try connection.takeToEnd()
    }

    /// A good request of somebody else gets its own answer.
    func expectGood(_ mark: String, sourceLocation: Testing.SourceLocation = #_sourceLocation) throws -> [Recorder.Record] {
        let answer = try send(Array("GET /good/\(mark) HTTP/1.1\r\nHost: good.example\r\nConnection: close\r\n\r\n".utf8))
        let response = try StrictReader.response(answer, to: "GET")
        #expect(response.status == 200 && response.text == "ok", "\(response)", sourceLocation: sourceLocation)
        Policy.expect(on: response, for: .noOrigin, sourceLocation: sourceLocation)
        let records = recorder.take()
        let isGood = { (record: Recorder.Record) in record.request?.target == "/good/\(mark)" }
        #expect(records.count(where: isGood) == 1, sourceLocation: sourceLocation)
        // A connection that breaks off may be noted only now.
        return records.filter { !isGood($0) }
    }
}
