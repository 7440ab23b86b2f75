import HTTP1
import HTTPModel
import NIOCore
import ProxyCore

/// Serves a `LocalService` over HTTP/1.1 on a listener of its own: the admin endpoints, the demo app. No stage, no proxying.
final class ServiceHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let service: any LocalService
    private var parser = RequestParser(limits: MessageLimits(), names: .standard)
    private var input = ByteBuffer()
    private var body: [UInt8] = []
    private var response = ResponseHead()
    private var isClosing = false
    /// An answer is being worked on: what comes meanwhile waits.
    private var isWorking = false
    /// A response that goes on, on this connection to the end.
    var streaming: StreamedResponse?

    /// After so long without a byte a connection is closed.
    static let idleTime = TimeAmount.seconds(60)
    /// Beyond it 413.
    private static let bodyLimit = 1 << 20

    init(service: any LocalService) { self.service = service }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        input.writeImmutableBuffer(unwrapInboundIn(data))
        if !isWorking { serve(context) } else if input.readableBytes > Self.bodyLimit { context.close(promise: nil) }
    }

    private func serve(_ context: ChannelHandlerContext) {
        var output: [UInt8] = []
        while !isClosing, !isWorking {
            let bytes = input
            let step = parser.parse(bytes.readableBytesUInt8Span)
            if case .body(let range) = step.event {
                body.append(copying: bytes.readableBytesUInt8Span.extracting(range))
                if body.count > Self.bodyLimit { refuse(413, into: &output) }
            }
            input.moveReaderIndex(forwardBy: step.consumed)
            switch step.event {
            case .head, .body: continue
            case .end:
                if let work = service.work(for: parser.head, body: body) {
                    isWorking = true
                    perform(work, context)
                    break
                }
                if let stream = service.stream(for: parser.head) {
                    isClosing = true
                    begin(stream, on: context)
                    continue
                }
                answer(into: &output)
                answered()
                continue
            case .failed(let failure): refuse(failure.status, into: &output)
            case .needMore: break
            }
            break
        }
        input.discardReadBytes()
        if streaming != nil { return }
        send(output, context)
    }

    private func answered() {
        isClosing = isClosing || !parser.keepAlive
        parser.next()
        body.removeAll()
    }

    private func perform(_ work: @escaping @Sendable () async -> LocalAnswer, _ context: ChannelHandlerContext) {
        let state = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let done = context.eventLoop.makePromise(of: LocalAnswer.self)
        done.futureResult.whenSuccess { answer in
            let (handler, context) = state.value
            var output: [UInt8] = []
            handler.response = answer.head
            handler.write(answer.body, into: &output)
            handler.answered()
            handler.isWorking = false
            handler.send(output, context)
            if !handler.isClosing { handler.serve(context) }
        }
        done.completeWithTask { await work() }
    }

    private func send(_ output: [UInt8], _ context: ChannelHandlerContext) {
        guard !output.isEmpty || isClosing else { return }
        let channel = context.channel
        let done = context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: output)))
        if isClosing { done.whenComplete { _ in channel.close(promise: nil) } }
    }

    private func answer(into output: inout [UInt8]) {
        var content: [UInt8] = []
        response.removeAll()
        service.respond(to: parser.head, body: body, into: &response, body: &content)
        write(content, into: &output)
    }

    private func refuse(_ status: Status, into output: inout [UInt8]) {
        response.removeAll()
        response.status = status
        isClosing = true
        write([], into: &output)
    }

    private func write(_ content: [UInt8], into output: inout [UInt8]) {
        response.fields.append("Date", HTTPDate.bytes(unixSeconds: WallClock.unixSeconds()).span.text)
        service.complete(&response)
        let hasBody = !response.status.forbidsBody
        MessageWriter.writeResponse(
            response, framing: hasBody ? .length(content.count) : .asFields,
            persistence: isClosing || !parser.keepAlive ? .close : .implied, into: &output)
        if hasBody, parser.head.method != .head { output.append(contentsOf: content) }
    }

    /// The client asks for nothing more, or has been silent for `idleTime`. What it asked for is answered.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed, is IdleStateHandler.IdleStateEvent:
            if streaming != nil, event is IdleStateHandler.IdleStateEvent { return }
            guard !isClosing || streaming != nil else { return }
            isClosing = true
            guard !isWorking else { return }
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in channel.close(promise: nil) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        streaming = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
