import HTTP2
import HTTPModel
import HeaderPolicy
import NIOCore
import NIOTLS

/// Sends one request over HTTP/2, with prior knowledge or in TLS, and reads the response.
final class HTTP2ClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let request: WebClient.Request
    private let promise: EventLoopPromise<WebClient.Response>
    private var session: ClientSession?
    private var response: WebClient.Response?
    private var stream: Int32 = 0
    private var isDone = false

    init(_ request: WebClient.Request, _ promise: EventLoopPromise<WebClient.Response>) {
        self.request = request
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        // In TLS nothing is said before both sides have settled on HTTP/2: another server would take it for nonsense.
        if request.url.scheme == .http { begin(context) }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case TLSUserEvent.handshakeCompleted(let agreed) = event else {
            return context.fireUserInboundEventTriggered(event)
        }
        guard agreed == "h2" else {
            promise.fail(WebClient.Failure.notHTTP("TLS settles on \(agreed ?? "no protocol"), not on HTTP/2"))
            return context.close(promise: nil)
        }
        begin(context)
    }

    private func begin(_ context: ChannelHandlerContext) {
        var fields = Fields()
        for field in request.fields where field.name.lowercased() != "host" {
            guard fields.append(field.name.lowercased(), field.value) else {
                return promise.fail(WebClient.Failure.badRequest("\"\(field.name): \(field.value)\" is not a field"))
            }
        }
        do {
            let session = try ClientSession(settings: HTTP2Settings(), limits: MessageLimits(), names: .standard)
            let stream = session.submitRequest(
                method: request.method.utf8.span, scheme: request.url.scheme, authority: request.url.authority.utf8.span,
                target: request.url.target.utf8.span, fields: fields, endsStream: true)
            guard let stream else { return promise.fail(WebClient.Failure.badRequest("the request cannot be sent")) }
            self.stream = stream
            self.session = session
            flush(session, context)
        } catch {
            promise.fail(WebClient.Failure.connection("\(error)"))
        }
    }

    private func flush(_ session: ClientSession, _ context: ChannelHandlerContext) {
        session.collectOutput(limit: 1 << 20)
        if !session.output.isEmpty { context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: session.output)), promise: nil) }
        session.removeAllOutput()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let session, !isDone else { return }
        let bytes = unwrapInboundIn(data)
        let input = bytes.readableBytesUInt8Span
        session.receive(input, now: Int(truncatingIfNeeded: NIODeadline.now().uptimeNanoseconds / 1_000_000))
        for event in session.events {
            switch event {
            case .response(let stream, let endsStream):
                var head = ResponseHead()
                session.takeResponse(stream, into: &head)
                response = WebClient.Response(
                    version: .http2, status: Int(head.status.rawValue),
                    fields: head.fields.pairs.map { FieldText($0.name, $0.value) })
                if endsStream { succeed(isComplete: true) }
            case .data(let stream, let range):
                response?.keep(input.extracting(range))
                session.consume(stream, range.count)
                if response?.isCut ?? false { succeed(isComplete: false) }
            case .end: succeed(isComplete: true)
            case .closed(_, let errorCode, _):
                if response == nil {
                    promise.fail(WebClient.Failure.notHTTP("the stream was reset with HTTP/2 error \(errorCode)"))
                } else {
                    succeed(isComplete: errorCode == ErrorCode.noError)
                }
            case .informational(let stream): _ = session.takeInformational(stream)
            case .goAway: break
            }
        }
        session.removeAllEvents()
        if isDone { return context.close(promise: nil) }
        flush(session, context)
        if session.isFinished, response == nil { promise.fail(WebClient.Failure.notHTTP("no HTTP/2 came back")) }
    }

    private func succeed(isComplete: Bool) {
        guard var response else { return }
        isDone = true
        response.isComplete = isComplete
        promise.succeed(response)
    }

    func channelInactive(context: ChannelHandlerContext) {
        guard response != nil else { return promise.fail(WebClient.Failure.connection("closed without an answer")) }
        succeed(isComplete: false)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(WebClient.failure(error))
        context.close(promise: nil)
    }
}
