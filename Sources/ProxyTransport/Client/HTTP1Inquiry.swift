import HTTP1
import HTTPModel
import HeaderPolicy

/// Sends one request over HTTP/1.1 and reads the response.
final class HTTP1Inquiry: InquiryConnection {
    private var parser = ResponseParser(limits: MessageLimits(), names: .standard)
    /// Bytes that were received and cannot be parsed until more arrive.
    private var held: [UInt8] = []

    override func begin() {
        guard let fields = fields(lowercased: false) else { return }
        let request = inquiry.question.request
        let needsLength = ["POST", "PUT", "PATCH"].contains(request.method) && fields.firstIndex(of: .contentLength) == nil
        var head: [UInt8] = []
        MessageWriter.writeRequest(
            method: request.method.utf8.span, target: request.url.target.utf8.span, authority: request.url.authority.utf8.span,
            fields: fields, framing: needsLength ? .length(0) : .asFields, persistence: .close, into: &head)
        parser.next(method: Method(token: request.method.utf8.span))
        send(head.span)
    }

    override func received(_ bytes: Span<UInt8>) {
        var input = held
        held = []
        input.append(copying: bytes)
        var position = 0
        while true {
            let rest = input.span.extracting(position...)
            let step = parser.parse(rest)
            position += step.consumed
            switch step.event {
            case .informational: continue
            case .head:
                takeHead()
                if inquiry.question.extent == .head { return succeed(isComplete: true) }
            case .body(let range):
                response?.keep(rest.extracting(range))
                if response?.isCut == true { return succeed(isComplete: false) }
            case .end: return succeed(isComplete: true)
            case .failed(let failure): return fail(.notHTTP(failure.message))
            case .needMore:
                held = Array(input[position...])
                return
            }
        }
    }

    private func takeHead() {
        let head = parser.head
        response = WebClient.Response(
            version: head.version, status: Int(head.status.rawValue),
            fields: head.fields.texts)
    }

    override func inputEnded(isWhole: Bool) {
        if case .end = parser.finish() { return succeed(isComplete: isWhole) }
        succeed(isComplete: false)
    }
}
