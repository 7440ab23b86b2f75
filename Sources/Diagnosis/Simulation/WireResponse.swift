import HTTP1
import HTTP2
import HTTPModel
import HeaderPolicy
import ProxyCore

/// An app's made-up response as the bytes that it sends, and what the parsers of the proxy make of them.
struct WireResponse: ~Copyable {
    var head = ResponseHead()
    private(set) var body = BodyLength.none
    /// Whether HTTP ends after the head.
    private(set) var isUpgrade = false

    /// - Parameters:
    ///   - request: the request that it answers.
    ///   - isHTTP2: whether the app speaks HTTP/2.
    /// - Throws: why the proxy refuses the response.
    init(
        _ status: Status, _ fields: [FieldText], to request: borrowing RequestHead, isHTTP2: Bool,
        _ configuration: CompiledConfiguration
    ) throws(BadResponse) {
        let limits = configuration.source.limits.message
        if isHTTP2 {
            try readHTTP2(status, fields, isHead: request.method == .head, limits, configuration.names)
        } else {
            try readHTTP1(status, fields, request.method, limits, configuration.names)
        }
    }

    private mutating func readHTTP1(
        _ status: Status, _ fields: [FieldText], _ method: Method, _ limits: MessageLimits, _ names: FieldNames
    ) throws(BadResponse) {
        var text = "HTTP/1.1 \(status.rawValue) \(status.reason)\r\n"
        for field in fields { text += "\(field.name): \(field.value)\r\n" }
        var parser = ResponseParser(limits: limits, names: names)
        parser.next(method: method)
        switch parser.parse(Array((text + "\r\n").utf8).span).event {
        case .head:
            swap(&head, &parser.head)
            body = parser.body
            isUpgrade = parser.isUpgrade
        case .failed(let failure): throw BadResponse(failure)
        case .needMore, .informational, .body, .end: throw BadResponse(.invalidStatus)
        }
    }

    /// The app's names are in lower case, as those of all apps are.
    private mutating func readHTTP2(
        _ status: Status, _ fields: [FieldText], isHead: Bool, _ limits: MessageLimits, _ names: FieldNames
    ) throws(BadResponse) {
        var lines = FieldBlockWriter()
        lines.append(":status", "\(status.rawValue)")
        for field in fields { lines.append(field.name.lowercased(), field.value) }
        guard let session = try? ClientSession(settings: HTTP2Settings(), limits: limits, names: names),
            let stream = session.submitRequest(
                method: (isHead ? "HEAD" : "GET").utf8.span, scheme: .http, authority: "app".utf8.span, target: "/".utf8.span,
                fields: Fields(), endsStream: true)
        else { throw BadResponse(.protocolError) }
        // nghttp2 knows the stream once the request has been sent, and ends it once its reset has been.
        session.collectOutput(limit: .max)
        session.receive((FieldBlockWriter.settings + lines.frames(endsStream: false)).span, now: 0)
        session.collectOutput(limit: .max)
        guard
            session.events.contains(.response(stream: stream, endsStream: false))
                || session.events.contains(.response(stream: stream, endsStream: true))
        else { throw BadResponse(session.fault(of: stream) ?? session.connectionFault ?? .protocolError) }
        session.takeResponse(stream, into: &head)
        if !isHead, !status.forbidsBody { body = BodyLength(ofHTTP2Response: head.fields) }
    }
}

extension BadResponse {
    fileprivate init(_ reason: Reason) { self.init(reason.rawValue, reason.sentence) }

    fileprivate init(_ fault: ResponseFault) { self.init(fault.reason, fault.message) }
}
