import HTTP1
import HTTPModel
import HostileMessages
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

/// The same bytes under another parser (llhttp, by NIOHTTP1): where the two differ, ours refuses. And what ours would forward has
/// one meaning for a strict reader, for llhttp and for one that forgives everything.
@Suite struct DifferentialTests {
    /// A request reduced to what must not be in doubt.
    struct Meaning: Equatable, CustomStringConvertible {
        var method: String
        var target: String
        var body: [UInt8]
        var description: String { "\(method) \(target) \(readable(body))" }
    }

    static let valid = ValidRequestTests.requests.map(\.bytes)
    static let hostile = Refusal.requests.filter { $0.bytes.count < 4000 }.map(\.bytes)

    @Test(arguments: hostile) func hostileRequests(_ bytes: [UInt8]) { Self.compare(bytes, "table") }

    /// Valid requests, changed a little: 20,000 of them.
    @Test(arguments: 0..<200) func mutatedRequests(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<100 {
            let bytes = Bool.random(using: &random) ? Self.composed(&random) : RandomTests.mutant(Self.valid, &random)
            Self.compare(bytes, "seed \(seed)")
        }
    }

    /// The comparison compares something.
    @Test func bothReadWhatIsValid() {
        let readings = Self.valid.map { (Self.ours($0).map(\.meaning), Self.theirs($0)) }
        #expect(readings.count { !$0.0.isEmpty && $0.1.starts(with: $0.0) } >= 15)
        #expect(Self.theirs(wire("GET /\u{E9} HTTP/1.1\nHost: a\n\n")) != [Meaning(method: "GET", target: "/", body: [])])
    }

    static func compare(_ bytes: [UInt8], _ origin: String) {
        let ours = Self.ours(bytes)
        let theirs = Self.theirs(bytes)
        // llhttp may refuse what is fine here; what it reads otherwise than we do, we must not have read.
        for (index, one) in ours.enumerated() where index < theirs.count {
            #expect(one.meaning == theirs[index], "\(origin): \(readable(bytes))")
        }
        for one in ours { checkForwarded(one, "\(origin): \(readable(bytes))") }
    }

    struct Read {
        var meaning: Meaning
        var head: RequestHead
        var length: BodyLength
        var trailers: Fields
    }

    /// The whole requests up to the first that ends the connection or changes its protocol.
    static func ours(_ bytes: [UInt8]) -> [Read] {
        var parser = RequestParser(limits: MessageLimits(), names: .standard)
        var all: [Read] = []
        var rest = bytes
        var body: [UInt8] = []
        while true {
            let step = parser.parse(rest.span)
            switch step.event {
            case .needMore, .failed: return all
            case .head: body = []
            case .body(let range): body += rest[range]
            case .end:
                let head = parser.head
                let meaning = Meaning(method: head.methodToken.text, target: head.target.text, body: body)
                all.append(Read(meaning: meaning, head: head, length: parser.body, trailers: parser.trailers))
                if !parser.keepAlive || parser.wantsUpgrade || head.method == .connect { return all }
                parser.next()
            }
            rest.removeFirst(step.consumed)
        }
    }

    /// The same by llhttp, the target as `ours` has it.
    static func theirs(_ bytes: [UInt8]) -> [Meaning] {
        let channel = EmbeddedChannel()
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        try? channel.pipeline.syncOperations.addHandler(
            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
        var all: [Meaning] = []
        var current: Meaning?
        while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) {
            switch part {
            case .head(let head):
                current = Meaning(method: head.method.rawValue, target: originForm(head.uri, head.method.rawValue), body: [])
            case .body(let buffer): current?.body += Array(buffer.readableBytesView)
            case .end:
                if let current { all.append(current) }
                current = nil
            }
        }
        return all
    }

    private static func originForm(_ target: String, _ method: String) -> String {
        guard let scheme = ["http://", "https://"].first(where: { target.lowercased().hasPrefix($0) }) else { return target }
        let rest = target.dropFirst(scheme.count)
        guard let start = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) else { return method == "OPTIONS" ? "*" : "/" }
        return (rest[start] == "?" ? "/" : "") + rest[start...]
    }

    /// A request written from its parts, as the proxy does it, is that one request for everybody.
    static func checkForwarded(_ read: Read, _ comment: String) {
        var fields = read.head.fields
        for id in [FieldID.host, .transferEncoding, .connection, .expect, .upgrade] { fields.remove(id) }
        var output: [UInt8] = []
        let authority = read.head.authority.isEmpty ? "a" : read.head.authority.text
        let isChunked = read.length == .chunked
        MessageWriter.writeRequest(
            method: read.head.methodToken, target: read.head.target, authority: authority.utf8.span, fields: fields,
            framing: isChunked ? .chunked : .asFields, persistence: .implied, into: &output)
        if isChunked {
            MessageWriter.writeChunkHead(read.meaning.body.count, into: &output)
            if !read.meaning.body.isEmpty { output += read.meaning.body + [13, 10] }
            MessageWriter.writeLastChunk(trailers: read.trailers, into: &output)
        } else {
            output += read.meaning.body
        }
        // Behind it stands another, as it would on the app's connection.
        let next = Meaning(method: "GET", target: "/next", body: [])
        output += wire("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        if read.head.method != .connect {
            #expect(ours(output).map(\.meaning) == [read.meaning, next], "\(comment)")
            #expect(lenient(output) == [read.meaning, next], "\(comment)")
            let theirs = theirs(output)
            // llhttp knows a list of methods, and no bytes beyond ASCII in a target.
            if !theirs.isEmpty { #expect(theirs == [read.meaning, next], "\(comment)") }
        }
    }

    /// Reads as the most forgiving server would: lines end in LF with or without CR, folded lines go on, blanks before a colon and
    /// around everything are nothing, any mention of `chunked` is chunked, else the last length counts, and numbers end where their
    /// digits do.
    static func lenient(_ bytes: [UInt8]) -> [Meaning] {
        var rest = bytes[...]
        var all: [Meaning] = []

        func line() -> String? {
            guard let end = rest.firstIndex(of: 10) else { return nil }
            var line = rest[..<end]
            rest = rest[(end + 1)...]
            while line.last == 13 { line = line.dropLast() }
            return String(decoding: line, as: UTF8.self)
        }
        func number(_ text: some StringProtocol, radix: Int) -> Int {
            let digits = text.drop { $0 == " " || $0 == "\t" || $0 == "+" }.prefix {
                $0.isASCII && $0.hexDigitValue ?? 99 < radix
            }
            return Int(digits, radix: radix) ?? 0
        }

        while var start = line() {
            while start.isEmpty { start = line() ?? " " }
            let words = start.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
            guard words.count > 1 else { return all }
            var fields: [String] = []
            while let next = line(), !next.isEmpty {
                if next.first == " " || next.first == "\t", !fields.isEmpty {
                    fields[fields.count - 1] += next
                } else {
                    fields.append(next)
                }
            }
            var body: [UInt8] = []
            var length = 0
            var isChunked = false
            for field in fields {
                let parts = field.lowercased().split(separator: ":", maxSplits: 1).map { $0.drop { $0 == " " || $0 == "\t" } }
                guard parts.count == 2 else { continue }
                // Whatever stands between the name and the colon is nothing; another letter makes another name.
                let name = parts[0].prefix { $0.isLetter || $0 == "-" }
                if name == "transfer-encoding", parts[1].contains("chunked") { isChunked = true }
                if name == "content-length" { length = number(parts[1], radix: 10) }
            }
            if isChunked {
                while let size = line().map({ number($0, radix: 16) }), size > 0, size <= rest.count {
                    body += rest.prefix(size)
                    rest = rest.dropFirst(size)
                    _ = line()
                }
                while let trailer = line(), !trailer.isEmpty {}
            } else {
                body = Array(rest.prefix(length))
                rest = rest.dropFirst(length)
            }
            all.append(Meaning(method: words[0], target: words[1], body: body))
        }
        return all
    }

    /// A request put together from pieces of which some are odd.
    static func composed(_ random: inout SplitMix64) -> [UInt8] {
        func one(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }
        func end() -> String {
            Int.random(in: 0..<30, using: &random) == 0 ? one(["\n", "\r", "\r\r\n", "\r\n ", "\n\r"]) : "\r\n"
        }
        var text = one(["", "", "", "\r\n", " ", "\n"]) + one(["GET", "POST", "PUT", "OPTIONS", "HEAD", "get", "G T"])
        text += one([" ", " ", " ", " ", "  ", "\t"])
        text += one(["/", "/a?b=c", "*", "http://a/x", "//a", "/%2e", "/a b", "/\u{E9}", "a", "http://b"])
        text +=
            one([" ", " ", " ", "  "])
            + one(["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "http/1.1", "HTTP/1.1 "]) + end()
        text += one(["Host: a", "Host: a", "Host: a", "Host:a", "Host : a", "host:  a ", "Host: a, b", "Hos t: a"]) + end()
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let name = one([
                "Content-Length", "Content-Length", "Transfer-Encoding", "Transfer-Encoding", "X", "Connection", "content_length",
            ])
            let colon = one([":", ":", ": ", ": ", " :", ":\t", ":\u{0B}", ":\u{00}"])
            let value = one([
                "5", "5", "05", "+5", "5,5", "chunked", "chunked", "Chunked", "chunked, chunked", "identity", "x", "close", "",
                "5 ", "\"5\"",
            ])
            text += name + colon + value + end()
        }
        text +=
            end()
            + one([
                "", "hello", "5\r\nhello\r\n0\r\n\r\n", "5;x\r\nhello\r\n0\r\nX: y\r\n\r\n", "005\r\nhello\r\n0\r\n\r\n",
                "5 \r\nhello\r\n0\r\n\r\n", "5\nhello\n0\n\n",
            ])
        text += one(["", "GET /b HTTP/1.1\r\nHost: a\r\n\r\n", "x"])
        return wire(text)
    }
}
