import HTTP1
import HTTP2
import HTTPModel
import HeaderPolicy
import ProxyCore

/// A made-up request as the bytes that a client sends, and what the parsers of the proxy make of them: nothing here knows what
/// they refuse.
struct WireRequest: ~Copyable {
    enum Outcome {
        case read(body: BodyLength, wantsUpgrade: Bool)
        case refused(ParseFailure)
    }

    /// What is known of the request, also when it is refused.
    var head = RequestHead()
    private(set) var outcome = Outcome.read(body: .none, wantsUpgrade: false)

    private let request: SimulatedRequest
    private let limits: MessageLimits
    private let names: FieldNames

    /// - Parameters:
    ///   - scheme: the scheme of the connection.
    ///   - isMisplaced: whether the client speaks in the clear to a listener that expects TLS.
    init(
        _ request: SimulatedRequest, over scheme: Scheme, isMisplaced: Bool, _ configuration: CompiledConfiguration
    ) throws(SimulationError) {
        self.request = request
        limits = configuration.source.limits.message
        names = configuration.names
        switch (request.version, isMisplaced) {
        case (.http2, false): try readHTTP2(over: scheme)
        // The listener takes the beginning of HTTP/2 for a request of HTTP/1.
        case (.http2, true): try readHTTP1(Preface.bytes, over: scheme)
        case (_, let isMisplaced):
            try readHTTP1(bytes(), over: scheme)
            if isMisplaced, case .read = outcome { outcome = .refused(ParseFailure(.plainHTTP)) }
        }
    }

    private var host: String? { request.fields.first { $0.isNamed("Host") }?.value }

    // MARK: HTTP/1

    private func bytes() throws(SimulationError) -> [UInt8] {
        let version = request.version == .http10 ? "1.0" : "1.1"
        var lines = ["\(request.method) \(request.target) HTTP/\(version)"]
        if host == nil { lines.append("Host: \(request.authority)") }
        for field in request.fields { lines.append("\(field.name): \(field.value)") }
        if let length = request.statedLength { lines.append("Content-Length: \(length)") }
        for line in lines where line.utf8.contains(0x0A) {
            throw SimulationError("\"\(line)\" is more than one line")
        }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    private mutating func readHTTP1(_ bytes: [UInt8], over scheme: Scheme) throws(SimulationError) {
        var parser = RequestParser(limits: limits, names: names)
        let step = parser.parse(bytes.span)
        switch step.event {
        case .head: outcome = .read(body: parser.body, wantsUpgrade: parser.wantsUpgrade)
        case .failed(let failure):
            if parser.isCutShort { _ = parser.readOn(bytes.span.extracting(droppingFirst: step.consumed)) }
            outcome = .refused(failure)
        case .needMore, .body, .end: throw SimulationError("the head of the request does not end")
        }
        swap(&head, &parser.head)
        head.scheme = scheme
    }

    // MARK: HTTP/2

    /// The client's names are in lower case, as those of all clients are, and its `Host` is said as `:authority`.
    private mutating func readHTTP2(over scheme: Scheme) throws(SimulationError) {
        var lines = FieldBlockWriter()
        lines.append(":method", request.method)
        lines.append(":scheme", request.scheme.text)
        lines.append(":authority", host ?? request.authority)
        lines.append(":path", request.target)
        let first = request.fields.firstIndex { $0.isNamed("Host") }
        for (index, field) in request.fields.enumerated() where index != first {
            lines.append(field.name.lowercased(), field.value)
        }
        let length = request.statedLength
        if let length { lines.append("content-length", "\(length)") }
        let hasBody = length ?? request.fields.values(of: "Content-Length").first?.utf8.span.decimal ?? 0 > 0
        let session: ServerSession
        do throws(HTTP2Failure) {
            session = try ServerSession(settings: HTTP2Settings(), limits: limits, names: names, scheme: scheme)
        } catch {
            throw SimulationError("\(error)")
        }
        session.receive((Preface.bytes + FieldBlockWriter.settings + lines.frames(endsStream: !hasBody)).span, now: 0)
        switch session.events.first {
        case .request(let stream, let endsStream):
            session.takeRequest(stream, into: &head)
            outcome = .read(body: endsStream ? .none : BodyLength(ofHTTP2Request: head.fields), wantsUpgrade: false)
        case .refused(let stream, let status, let reason):
            session.takeRequest(stream, into: &head)
            outcome = .refused(ParseFailure(reason, status: status))
        default: throw SimulationError("the proxy ends an HTTP/2 connection on which such a head comes, without an answer")
        }
    }
}

extension SimulatedRequest {
    /// The length that the head states beside the fields; nil where they say it, or there is no body.
    fileprivate var statedLength: Int? {
        guard fields.combined("Content-Length") == nil, fields.combined("Transfer-Encoding") == nil else { return nil }
        // A report has a body, even if its length is not given.
        let form = method == "POST" ? fields.combined("Content-Type").flatMap { Report.Form(contentType: $0.utf8.span) } : nil
        return bodyLength ?? form?.smallest.utf8.count
    }
}
