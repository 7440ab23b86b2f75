import FuzzSupport
import HTTP1
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

private let text = """
    listen: 127.0.0.1:0
    upstreams: { app: http://127.0.0.1:1 }
    trusted_proxies: [127.0.0.0/8]
    request_headers:
      - set: { X-Request-ID: "{request.id}", X-Path: "{path}", X-Cookie: "{request.cookie.c}" }
      - edit: { X-Edited: { match: "(a+)(b*)", replace: "$2$1" } }
      - remove: [X-Secret, "X-Internal-*"]
      - rename: { X-From: X-To }
    response_headers:
      - preset: security
      - cors:
          allow_origins: [https://app.example, "https://*.app.example"]
          allow_credentials: true
          allow_methods: [GET, POST]
          allow_headers: echo
          max_age: 10m
      - set: { X-Once: stage, X-Who: "{request.header.User-Agent}" }
      - set: { Cache-Control: no-store }
        when: { path: /api/**, status: 5xx }
      - add: { Link: "</app.css>; rel=preload; as=style" }
      - merge: { Vary: "Accept-Encoding, Cookie" }
      - edit: { Location: { match: "^http://", replace: "https://" } }
      - rename: { X-Legacy: X-Modern }
      - remove: [Server, X-Powered-By, "X-Debug-*"]
      - cookies: { secure: true, http_only: true, same_site: Lax }
      - set: { X-Default: mine }
        if: absent
    """

private struct NoFile: Error {}

private let configuration: CompiledConfiguration? = {
    let loader = ConfigurationLoader(environment: [:]) { _ in throw NoFile() }
    return (try? loader.load(text: text, file: "t.yaml")).flatMap { try? CompiledConfiguration($0) }
}()

/// A request and, behind an empty line, a response, through everything between the parsers and the writer: what comes out is
/// one message each, the injected fields are there once, and the order of the policy stands.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let configuration else { fatalError("the configuration is good") }
    var request = RequestParser(limits: MessageLimits(), names: configuration.names)
    let bytes = Input(start, count).bytes
    let first = request.parse(bytes.span)
    guard case .head = first.event else { return 0 }
    var facts = ExchangeFacts()
    facts.request = request.head
    facts.requestID = Array("0123456789".utf8)
    let peer = configuration.forwarding.peer(address: .unspecified, text: Array("10.1.2.3".utf8), port: 4)
    configuration.forwarding.identifyClient(&facts, peer: peer)
    let stripped = HopByHop.strip(&facts.request.fields)
    HopByHop.dropUnderscored(&facts.request.fields)
    guard !stripped.hasTooManyNominations else { return 0 }
    _ = configuration.router.match(facts, listener: 0, method: facts.request.methodToken)
    let policy = configuration.listeners[0].unrouted
    forward(facts, peer, request.body, policy, configuration)

    facts.isPreflight = policy.answersPreflight(facts)
    var parser = ResponseParser(limits: MessageLimits(), names: configuration.names)
    parser.next(method: facts.request.method)
    var head = ResponseHead(status: 204)
    if !facts.isPreflight {
        guard case .head = parser.parse(bytes.span.extracting(droppingFirst: first.consumed)).event, !parser.isUpgrade else {
            return 0
        }
        head = parser.head
        facts.source = .upstream
        HopByHop.strip(&head.fields)
    }
    respond(&head, facts, parser, policy)
    return 0
}

private func forward(
    _ facts: borrowing ExchangeFacts, _ peer: Peer, _ body: BodyLength, _ policy: CompiledPolicy,
    _ configuration: CompiledConfiguration
) {
    var scratch = StageScratch()
    var buffer: [UInt8] = []
    var forwarded = facts.request.fields
    forwarded.remove(.host)
    configuration.forwarding.apply(
        to: &forwarded, facts: facts, peer: peer, prefix: facts.request.target.extracting(first: 0), scratch: &buffer)
    policy.applyToRequest(&forwarded, facts: facts, scratch: &scratch)
    var output: [UInt8] = []
    MessageWriter.writeRequest(
        method: facts.request.methodToken, target: facts.request.target, authority: "a.example".utf8.span, fields: forwarded,
        framing: body == .chunked ? .chunked : .asFields, persistence: .implied, into: &output)
    var parser = RequestParser(limits: MessageLimits(), names: configuration.names)
    let step = parser.parse(output.span)
    if case .failed(let failure) = step.event {
        check(failure.status == 431 || facts.request.method == .connect, "\(failure) \(String(decoding: output, as: UTF8.self))")
        return
    }
    check(step.consumed == output.count && parser.body == body, "what is forwarded is framed as it came")
    for name in ["X-Request-ID", "X-Forwarded-For", "X-Forwarded-Proto"] { checkOnce(parser.head.fields, name) }
    for gone in ["X-Secret", "X_Secret", "X-Internal-Any", "X-From"] {
        check(lines(parser.head.fields, gone) == 0, "\(gone) is removed")
    }
}

private func respond(
    _ head: inout ResponseHead, _ facts: borrowing ExchangeFacts, _ parser: ResponseParser, _ policy: CompiledPolicy
) {
    var scratch = StageScratch()
    policy.applyToResponse(&head, facts: facts, scratch: &scratch)
    var output: [UInt8] = []
    let isChunked = parser.body == .chunked || parser.body == .untilClose
    MessageWriter.writeResponse(head, framing: isChunked ? .chunked : .asFields, persistence: .implied, into: &output)
    var again = ResponseParser(limits: MessageLimits(), names: .standard)
    again.next(method: facts.request.method)
    let step = again.parse(output.span)
    if case .failed(let failure) = step.event {
        check(failure.reason.hasSuffix("_large") || failure.reason == "too_many_fields", "\(failure)")
        return
    }
    check(step.consumed == output.count, "there is one head")
    let fields = again.head.fields
    for name in ["X-Once", "X-Frame-Options", "X-Content-Type-Options", "Vary"] { checkOnce(fields, name) }
    for gone in ["Server", "X-Powered-By", "X-Debug-Any", "X-Legacy"] { check(lines(fields, gone) == 0, "\(gone) is removed") }
    check(lines(fields, "Access-Control-Allow-Origin") <= 1, "one origin at most")
    check(lines(fields, "X-Default") >= 1 && lines(fields, "X-Who") <= 1, "a default is there")
}

private func lines(_ fields: Fields, _ name: String) -> Int {
    fields.indices.count { fields.name(at: $0).equalsIgnoringCase(name.utf8.span) }
}

private func checkOnce(_ fields: Fields, _ name: String) {
    check(lines(fields, name) == 1, "\(name) is there once, not \(lines(fields, name)) times")
}
