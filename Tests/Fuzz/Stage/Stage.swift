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
      - cookies: { names: ["_ga*"], remove: true }
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
      - set: { X-Asked: "yes" }
        when: { query: { q: { matches: "^a+$" }, "a b": absent } }
      - add: { Link: "</app.css>; rel=preload; as=style" }
      - merge: { Vary: "Accept-Encoding, Cookie" }
      - edit: { Location: { match: "^http://", replace: "https://" } }
      - rename: { X-Legacy: X-Modern }
      - remove: [Server, X-Powered-By, "X-Debug-*"]
      - cookies: { names: [gone], remove: true }
      - cookies: { secure: true, http_only: true, same_site: Lax }
      - set: { X-Default: mine }
        if: absent
    routes:
      - { path: /moved/**, redirect: { to: "/new/{path.rest}?{query}" } }
      - { path: /fixed, respond: { status: 200, content_type: text/plain, body: fixed } }
      - { upstream: app }
    """

private struct NoFile: Error {}

private let configuration: CompiledConfiguration? = {
    let loader = ConfigurationLoader(environment: [:]) { _ in throw NoFile() }
    return (try? loader.load(text: text, file: "t.yaml")).flatMap { try? CompiledConfiguration($0) }
}()

private let requestIDs: RequestIDs? = {
    var random = FreshRandom.repeatable(SplitMix64(seed: 1))
    return try? RequestIDs(RequestIDPolicy(), seededBy: &random)
}()

/// A request and, behind an empty line, a response, through an exchange as the proxy drives it: what comes out is one message each, the
/// injected fields are there once, and the order of the policy stands, whoever made the response.
@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let configuration, let requestIDs else { fatalError("the configuration is good") }
    var context = ExchangeContext(requestIDs: requestIDs, random: .repeatable(SplitMix64(seed: 1)))
    var request = RequestParser(limits: MessageLimits(), names: configuration.names)
    let bytes = Input(start, count).bytes
    let first = request.parse(bytes.span)
    guard case .head = first.event else { return 0 }
    var exchange = Exchange(configuration, listener: 0)
    swap(&exchange.facts.request, &request.head)
    let peer = configuration.forwarding.peer(address: .unspecified, text: Array("10.1.2.3".utf8), port: 4)
    let actions = exchange.begin(body: request.body, wantsUpgrade: request.wantsUpgrade, peer: peer, &context)
    guard case .forward = actions.app else {
        guard case .reply(let head, _, _) = consume actions.client else { fatalError("it is forwarded or answered") }
        checkFinal(head, exchange.facts.request.method, isChunked: false)
        return 0
    }
    checkForwarded(exchange, context.forwarded, request.body, configuration)
    exchange.connected(reused: false, mayBeRefused: false, 0)

    var parser = ResponseParser(limits: MessageLimits(), names: configuration.names)
    parser.next(method: exchange.facts.request.method)
    guard case .head = parser.parse(bytes.span.extracting(droppingFirst: first.consumed)).event else { return 0 }
    swap(&exchange.response, &parser.head)
    let answer = exchange.responseReceived(body: parser.body, isUpgrade: parser.isUpgrade, &context)
    switch consume answer.client {
    case .head(let head, let body):
        checkFinal(head, exchange.facts.request.method, isChunked: body == .chunked || body == .untilClose)
    case .reply(let head, _, _): checkFinal(head, exchange.facts.request.method, isChunked: false)
    case .tunnel(let head, _): check(head.head.status == 101 && !exchange.upgrade.isEmpty, "a tunnel was asked for")
    default: fatalError("a response is passed on or answered for")
    }
    return 0
}

private func checkForwarded(
    _ exchange: borrowing Exchange, _ fields: borrowing Fields, _ body: BodyLength, _ configuration: CompiledConfiguration
) {
    var output: [UInt8] = []
    MessageWriter.writeRequest(
        method: exchange.facts.request.methodToken, target: exchange.facts.request.target, authority: "a.example".utf8.span,
        fields: fields, framing: body == .chunked ? .chunked : .asFields,
        persistence: exchange.upgrade.isEmpty ? .implied : .upgrade(protocol: exchange.upgrade), into: &output)
    var parser = RequestParser(limits: MessageLimits(), names: configuration.names)
    let step = parser.parse(output.span)
    if case .failed(let failure) = step.event {
        return check(failure.status == 431, "\(failure) \(String(decoding: output, as: UTF8.self))")
    }
    check(step.consumed == output.count && parser.body == body, "what is forwarded is framed as it came")
    for name in ["X-Request-ID", "X-Forwarded-For", "X-Forwarded-Proto"] { checkOnce(parser.head.fields, name) }
    for gone in ["X-Secret", "X_Secret", "X-Internal-Any", "X-From"] {
        check(lines(parser.head.fields, gone) == 0, "\(gone) is removed")
    }
}

private func checkFinal(_ staged: consuming StagedHead, _ method: Method, isChunked: Bool) {
    var output: [UInt8] = []
    MessageWriter.writeResponse(staged.head, framing: isChunked ? .chunked : .asFields, persistence: .implied, into: &output)
    var again = ResponseParser(limits: MessageLimits(), names: .standard)
    again.next(method: method)
    let step = again.parse(output.span)
    if case .failed(let failure) = step.event {
        check(failure.reason.rawValue.hasSuffix("_large") || failure.reason == .tooManyFields, "\(failure)")
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
