import HTTP2
import HTTPModel
import HeaderPolicy
import ProxyCore

/// Sends one request over HTTP/2, with prior knowledge or in TLS, and reads the response.
final class HTTP2Inquiry: Inquiry {
    private var http: ClientSession?

    override var waitsForTurn: Bool { true }

    override func begin() {
        guard let fields = fields(lowercased: true) else { return }
        let request = question.request
        do throws(HTTP2Failure) {
            let http = try ClientSession(settings: HTTP2Settings(), limits: request.limits, names: .standard)
            let stream = http.submitRequest(
                method: request.method.utf8.span, scheme: request.url.scheme, authority: request.url.authority.utf8.span,
                target: request.url.target.utf8.span, fields: fields, endsStream: true)
            guard stream != nil else { return fail(.badRequest("the request cannot be sent")) }
            self.http = http
            host.touch(self)
        } catch {
            fail(.broken("\(error)"))
        }
    }

    override func received(_ bytes: Span<UInt8>) {
        guard let http else { return }
        http.receive(bytes, now: host.clock.now)
        readEvents(of: http, bytes)
        host.touch(self)
    }

    /// - Parameter bytes: the received bytes that caused the events.
    private func readEvents(of http: ClientSession, _ bytes: Span<UInt8>) {
        for event in http.events {
            switch event {
            case .response(let stream, let endsStream):
                takeHead(of: stream, http)
                if endsStream { return succeed(isComplete: true) }
                if question.extent == .head { return succeed(isCut: true) }
                headCame()
            case .data(let stream, let range):
                if response?.keep(bytes.extracting(range)) == false { return succeed(isCut: true) }
                http.consume(stream, range.count)
            case .end: return succeed(isComplete: true)
            case .closed(let stream, let errorCode, _):
                let fault = (http.fault(of: stream) ?? ResponseFault(errorCode: errorCode)).map { BadResponse($0) }
                if response != nil { return succeed(isComplete: errorCode == ErrorCode.noError, because: fault) }
                return fail(fault.map { .invalid($0) } ?? .broken("the stream was reset with HTTP/2 error \(errorCode)"))
            case .informational(let stream): _ = http.takeInformational(stream)
            case .goAway: break
            }
        }
        http.removeAllEvents()
    }

    private func takeHead(of stream: Int32, _ http: ClientSession) {
        var head = ResponseHead()
        http.takeResponse(stream, into: &head)
        response = WebClient.Response(
            version: .http2, status: Int(head.status.rawValue),
            fields: head.fields.texts)
    }

    /// Sends the output that the session has collected.
    override func goOn() {
        guard let http, socket != nil else { return }
        http.collectOutput(limit: 1 << 20)
        send(http.output.span)
        http.removeAllOutput()
        // Sending may close streams.
        readEvents(of: http, Span())
        guard http.isFinished else { return }
        let fault = BadResponse(http.connectionFault ?? .notHTTP2)
        if response == nil { fail(.notHTTP(fault)) } else { succeed(because: fault) }
    }

    override func inputEnded(isWhole: Bool) { succeed() }
}
