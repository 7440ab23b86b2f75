import CNghttp2
import HostileMessages
import TestSupport

/// One HTTP/2 connection to the proxy, frame by frame: says what it is told and understands what comes.
final class HTTP2Talk {
    let connection: Connection
    private(set) var frames: [Frame] = []
    /// The field blocks of each stream, in order.
    private(set) var blocks: [UInt32: [FieldList]] = [:]
    private(set) var isClosed = false
    private var block: [UInt8] = []
    private let inflater: OpaquePointer
    private var pings: UInt64 = 0

    init(port: Int) throws {
        connection = try Connection(port: port)
        var inflater: OpaquePointer?
        guard nghttp2_hd_inflate_new(&inflater) == 0, let inflater else { throw Disappointment("no inflater") }
        self.inflater = inflater
    }

    deinit { nghttp2_hd_inflate_del(inflater) }

    func send(_ bytes: [UInt8]) throws {
        // A proxy that has ended the connection may not take everything.
        do { try connection.send(bytes) } catch { try read { false } }
    }

    /// Reads until `isEnough`, or the end of the connection.
    func read(until isEnough: () -> Bool) throws {
        while !isClosed, !isEnough() {
            do { isClosed = try !readsOn() } catch let error as Disappointment {
                guard error.description.hasPrefix("recv") else { throw error }
                isClosed = true
            }
        }
    }

    private func readsOn() throws -> Bool {
        if connection.pending.count < 9 || connection.pending.count < length + 9 {
            guard try connection.receive() else { return false }
        }
        while connection.pending.count >= 9, connection.pending.count >= length + 9 {
            let bytes = try connection.take(exactly: length + 9)
            guard let frame = Frame.all(in: bytes).first else { return true }
            frames.append(frame)
            try note(frame)
        }
        return true
    }

    private var length: Int { connection.pending.prefix(3).reduce(0) { $0 << 8 | Int($1) } }

    private func note(_ frame: Frame) throws {
        guard frame.kind == 1 || frame.kind == 9 else { return }
        guard frame.flags & 0x28 == 0 || frame.kind == 9 else { throw Disappointment("padding or priority from the proxy") }
        block += frame.payload
        guard frame.flags & 4 != 0 else { return }
        blocks[frame.stream, default: []].append(try inflate(block))
        block = []
    }

    private func inflate(_ bytes: [UInt8]) throws -> FieldList {
        var lines: [(String, String)] = []
        var rest = bytes[...]
        while true {
            var field = nghttp2_nv()
            var flags: Int32 = 0
            let count = Array(rest).withUnsafeBufferPointer {
                nghttp2_hd_inflate_hd2(inflater, &field, &flags, $0.baseAddress, $0.count, 1)
            }
            guard count >= 0 else { throw Disappointment("bad HPACK from the proxy: \(count)") }
            rest = rest.dropFirst(count)
            if flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) != 0 {
                lines.append(
                    (
                        Bytes.text(UnsafeBufferPointer(start: field.name, count: field.namelen)),
                        Bytes.text(UnsafeBufferPointer(start: field.value, count: field.valuelen))
                    ))
            }
            if flags & Int32(NGHTTP2_HD_INFLATE_FINAL.rawValue) != 0 { break }
            if count == 0, rest.isEmpty { break }
        }
        nghttp2_hd_inflate_end_headers(inflater)
        return FieldList(lines)
    }

    // MARK: What came

    var goAway: UInt32? { frames.last { $0.kind == 7 }?.goAwayCode }

    func resetCode(_ stream: UInt32) -> UInt32? { frames.first { $0.kind == 3 && $0.stream == stream }?.number }

    func isEnded(_ stream: UInt32) -> Bool {
        frames.contains { $0.stream == stream && ($0.kind <= 1 && $0.flags & 1 != 0 || $0.kind == 3) }
    }

    /// The final response of a stream, if there is one.
    func response(_ stream: UInt32) -> RawResponse? {
        let final = blocks[stream]?.first { $0.lines.first?.value.hasPrefix("1") == false }
        guard let final, final.lines.first?.name == ":status", let status = Int(final.lines[0].value) else { return nil }
        var response = RawResponse(
            version: "HTTP/2", status: status, fields: FieldList(final.lines.dropFirst().map { ($0.name, $0.value) }))
        response.body = frames.filter { $0.kind == 0 && $0.stream == stream }.flatMap(\.payload)
        return response
    }

    /// Everything that was sent has been read by the proxy: it answers a PING behind it.
    func settle() throws {
        pings += 1
        let payload = withUnsafeBytes(of: pings.bigEndian) { Array($0) }
        try send(Wire.frame(6, payload))
        try read { frames.contains { $0.kind == 6 && $0.flags & 1 != 0 && $0.payload == payload } }
    }
}
