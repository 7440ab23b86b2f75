import HTTP1
import HTTPModel
import HeaderPolicy
import NIOCore

/// Sends one request over HTTP/1.1 and reads the response.
final class HTTP1ClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let request: WebClient.Request
    private let promise: EventLoopPromise<WebClient.Response>
    private var parser = ResponseParser(limits: MessageLimits(), names: .standard)
    private var input = ByteBuffer()
    private var response: WebClient.Response?
    private var isDone = false

    init(_ request: WebClient.Request, _ promise: EventLoopPromise<WebClient.Response>) {
        self.request = request
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        var fields = Fields()
        for field in request.fields where field.name.lowercased() != "host" {
            guard fields.append(field.name, field.value) else {
                return promise.fail(WebClient.Failure.badRequest("\"\(field.name): \(field.value)\" is not a field"))
            }
        }
        let needsLength = ["POST", "PUT", "PATCH"].contains(request.method) && fields.firstIndex(of: .contentLength) == nil
        var head: [UInt8] = []
        MessageWriter.writeRequest(
            method: request.method.utf8.span, target: request.url.target.utf8.span, authority: request.url.authority.utf8.span,
            fields: fields, framing: needsLength ? .length(0) : .asFields, persistence: .close, into: &head)
        parser.next(method: Method(token: request.method.utf8.span))
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: head)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        input.writeImmutableBuffer(unwrapInboundIn(data))
        while true {
            let bytes = input
            let step = parser.parse(bytes.readableBytesUInt8Span)
            input.moveReaderIndex(forwardBy: step.consumed)
            switch step.event {
            case .informational: continue
            case .head: takeHead()
            case .body(let range):
                keep(bytes.readableBytesUInt8Span.extracting(range))
                // The range is of the bytes before they were consumed.
                guard response?.isCut ?? false else { continue }
                return end(isComplete: false, context)
            case .end: return end(isComplete: true, context)
            case .failed(let failure): return fail(.notHTTP(failure.message), context)
            case .needMore:
                input.discardReadBytes()
                return
            }
        }
    }

    private func end(isComplete: Bool, _ context: ChannelHandlerContext) {
        isDone = true
        succeed(isComplete: isComplete)
        context.close(promise: nil)
    }

    private func fail(_ failure: WebClient.Failure, _ context: ChannelHandlerContext) {
        isDone = true
        promise.fail(failure)
        context.close(promise: nil)
    }

    private func takeHead() {
        let head = parser.head
        response = WebClient.Response(
            version: head.version, status: Int(head.status.rawValue),
            fields: head.fields.pairs.map { FieldText($0.name, $0.value) })
    }

    private func keep(_ bytes: Span<UInt8>) { response?.keep(bytes) }

    private func succeed(isComplete: Bool) {
        guard var response else { return promise.fail(WebClient.Failure.connection("closed without an answer")) }
        response.isComplete = isComplete
        promise.succeed(response)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .end = parser.finish() { return succeed(isComplete: true) }
        succeed(isComplete: false)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(WebClient.failure(error))
        context.close(promise: nil)
    }
}
