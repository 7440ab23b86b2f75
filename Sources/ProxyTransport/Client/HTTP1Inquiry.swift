import HTTP1
import HTTPModel
import HeaderPolicy
import ProxyCore

/// Sends one request over HTTP/1.1 and reads the response.
final class HTTP1Inquiry: Inquiry {
    private lazy var parser = ResponseParser(limits: question.request.limits, names: .standard)
    /// Bytes that were received and cannot be parsed until more arrive.
    private var held: [UInt8] = []
    /// Whether an informational response has come.
    private var hasBegun = false

    override func begin() {
        guard let fields = fields(lowercased: false) else { return }
        let request = question.request
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
            case .informational: hasBegun = true
            case .head:
                takeHead()
                if question.extent == .head { return succeed(isCut: true) }
                headCame()
            case .body(let range): if response?.keep(rest.extracting(range)) == false { return succeed(isCut: true) }
            case .end: return succeed(isComplete: true)
            case .failed(let failure):
                let fault = BadResponse(failure)
                if response != nil { return succeed(because: fault) }
                let isHTTP = hasBegun || input.starts(with: "HTTP/".utf8)
                return fail(isHTTP ? .invalid(fault) : .notHTTP(fault))
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
        // Many servers end TLS without a word, and browsers take such a body as whole.
        if case .end = parser.finish() { return succeed(isComplete: true) }
        succeed()
    }
}
