import NIOCore

/// One connection: a request at a time, and where its answer ends.
final class PacedConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let pacer: Pacer
    private var context: ChannelHandlerContext?
    private var index: Int?
    private var received = ByteBuffer()

    init(pacer: Pacer) { self.pacer = pacer }

    func send(_ request: ByteBuffer, index: Int) {
        self.index = index
        context?.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        pacer.isFree(self, after: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        received.writeBuffer(&part)
        do {
            guard let length = try received.withUnsafeReadableBytes(Self.length(of:)), received.readableBytes >= length else {
                return
            }
            guard received.readableBytes == length, let index else { throw Failure(description: "bytes after the response") }
            received.clear()
            self.index = nil
            pacer.isFree(self, after: index)
        } catch {
            pacer.failed(error)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { pacer.failed(Failure(description: "connection closed")) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { pacer.failed(error) }

    /// Of a response with its body, once its head is complete.
    private static func length(of bytes: UnsafeRawBufferPointer) throws -> Int? {
        guard let end = position(of: "\r\n\r\n", in: bytes) else { return nil }
        guard bytes.starts(with: "HTTP/1.1 200".utf8) else { throw Failure(description: "not answered 200: \(text(of: bytes))") }
        guard var place = position(of: "\r\ncontent-length:", in: bytes) else {
            throw Failure(description: "no Content-Length: \(text(of: bytes))")
        }
        var body = 0
        place += 17
        while place < end, bytes[place] != 0x0D {
            if bytes[place] != 0x20 { body = body * 10 + Int(bytes[place] &- 0x30) }
            place += 1
        }
        return end + 4 + body
    }

    /// Of a needle in small letters, whatever those of the bytes.
    private static func position(of needle: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        let count = needle.utf8CodeUnitCount
        guard bytes.count >= count else { return nil }
        let start = needle.utf8Start
        for place in 0...(bytes.count - count) {
            var matched = 0
            while matched < count {
                let byte = bytes[place + matched]
                guard (byte &- 0x41 < 26 ? byte | 0x20 : byte) == start[matched] else { break }
                matched += 1
            }
            if matched == count { return place }
        }
        return nil
    }

    private static func text(of bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes.prefix(200), as: UTF8.self) }
}
