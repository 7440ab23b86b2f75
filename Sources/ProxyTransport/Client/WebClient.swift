package import HTTPModel
import HeaderPolicy
package import ProxyCore
import TLS

/// Sends one request on a fresh connection, over HTTP/1.1 or HTTP/2, for `letterhead doctor` and `explain --live`. It is not part
/// of the proxy's own path.
package enum WebClient {
    package struct Request: Sendable {
        package var method: String
        package var url: WebURL
        /// The request's fields, without `Host`.
        package var fields: [FieldText]
        package var version: HTTPVersion
        /// The address to connect to; nil means the host and port of the URL.
        package var target: SocketTarget?
        /// Whether the server's certificate is checked.
        package var isVerified = true
        /// The timeout for the whole request, in milliseconds.
        package var timeout = 10_000
        /// Whether the beginning of the body is enough: what comes of it within a second.
        package var isBeginningEnough = false
        /// The upstream whose TLS settings count, instead of `isVerified`; nil means the system's authorities.
        package var upstream: Upstream?
        /// What the head of the answer may be at most.
        package var limits = MessageLimits()

        package init(_ method: String, _ url: WebURL, fields: [FieldText] = [], version: HTTPVersion = .http11) {
            self.method = method
            self.url = url
            self.fields = fields
            self.version = version
        }

        /// A request over plain http to an address that is at hand, such as that of the admin listener.
        package init(_ method: String, _ path: String, at target: SocketTarget) {
            self.init(method, WebURL(scheme: .http, authority: target.authority, target: path))
            self.target = target.reachable
        }
    }

    package struct Response: Sendable {
        package var version: HTTPVersion
        package var status: Int
        package var fields: [FieldText]
        /// The body, up to `bodyLimit` bytes.
        package var body: [UInt8] = []
        /// Whether the message ended as its framing announced.
        package var isComplete = true
        /// Whether the rest of the body was not waited for, because it was longer than `bodyLimit` or not asked for.
        package internal(set) var isCut = false
        /// What was wrong with the body, if that is why the message is not complete.
        package internal(set) var bodyFault: BadResponse?
        /// Whether the message broke off before the end that its framing announced.
        package var isBroken: Bool { !isComplete && !isCut }

        /// The response of an inquiry that only opens a connection.
        static let nothing = Response(version: .http11, status: 0, fields: [])

        /// Appends a part of the body; returns whether all of it was within the limit.
        mutating func keep(_ bytes: Span<UInt8>) -> Bool {
            let room = max(0, WebClient.bodyLimit - body.count)
            body.append(copying: bytes.extracting(0..<min(bytes.count, room)))
            return bytes.count <= room
        }
    }

    /// Why there is no answer.
    package enum Failure: Error, Sendable, Hashable, CustomStringConvertible {
        case timeout
        case noConnection(String, isTimeout: Bool)
        /// The connection broke.
        case broken(String)
        /// The connection was closed before there was anything of an answer.
        case closed
        case tls(String)
        /// TLS settled on that protocol, or on none, although HTTP/2 is required.
        case otherProtocol(String?)
        /// What answered does not speak the protocol.
        case notHTTP(BadResponse)
        /// What answered is HTTP with a fault.
        case invalid(BadResponse)
        case badRequest(String)

        package var description: String {
            switch self {
            case .timeout: "the time is up"
            case .noConnection(let text, _): "no connection (\(text))"
            case .broken(let text): text
            case .closed: "closed without an answer"
            case .tls(let text): "TLS: \(text)"
            case .otherProtocol(let agreed):
                "what answered does not speak this protocol: TLS settles on \(agreed ?? "no protocol"), not on HTTP/2"
            case .notHTTP(let fault):
                "what answered does not speak this protocol: \(WebClient.withoutStop(fault.message))"
            case .invalid(let fault): "the answer is not valid HTTP: \(WebClient.withoutStop(fault.message))"
            case .badRequest(let text): text
            }
        }

        /// What the proxy meets where this client fails.
        package var upstreamFault: UpstreamFault {
            switch self {
            case .timeout: .responseTimeout
            case .noConnection(_, let isTimeout): isTimeout ? .connectTimeout : .connectFailed
            case .broken, .closed: .closed
            case .tls, .otherProtocol: .tlsFailed
            case .notHTTP, .invalid: .invalidResponse
            case .badRequest: .connectFailed
            }
        }

        /// What was wrong with an answer that is no valid HTTP.
        package var badResponse: BadResponse? {
            switch self {
            case .notHTTP(let fault), .invalid(let fault): fault
            default: nil
            }
        }
    }

    /// The parser's sentences, so that they go on with another one.
    private static func withoutStop(_ text: String) -> String {
        // A name such as `Transfer-Encoding` stays in capitals.
        let isSentence = text.hasSuffix(".") && ["The ", "A ", "There "].contains(where: text.hasPrefix)
        return isSentence ? text.prefix(1).lowercased() + text.dropFirst().dropLast() : text
    }

    /// The number of bytes of a response's body that are kept.
    package static let bodyLimit = 1 << 20

    /// Returns the final response, as far as it is kept. Throws `Failure`, at the latest when the timeout has passed, even if
    /// data still arrives.
    package static func ask(_ request: Request) async throws -> Response {
        let place = target(of: request.url)
        let target = request.target ?? place
        let destination = Destination(
            target, named: request.upstream == nil ? place : target, security: try security(request))
        let question = Inquiry.Question(
            request: request, destination: destination, timeout: request.timeout,
            extent: request.isBeginningEnough ? .beginning : .all)
        return try await TaskLoop.ask(question).get()
    }

    private static func security(_ request: Request) throws(Failure) -> UpstreamSecurity? {
        if let upstream = request.upstream {
            do throws(PolicyErrors) { return try UpstreamSecurity(upstream) } catch { throw Failure.tls("\(error)") }
        }
        guard request.url.scheme == .https else { return nil }
        let isHTTP2 = request.version == .http2
        do throws(SetupError) {
            return try UpstreamSecurity(
                verifies: request.isVerified, protocols: isHTTP2 ? ["h2", "http/1.1"] : ["http/1.1"],
                requiredProtocol: isHTTP2 ? "h2" : nil)
        } catch {
            throw Failure.tls(error.words)
        }
    }

    private static func target(of url: WebURL) -> SocketTarget {
        let port = url.authority.dropFirst(url.host.count + 1)
        let host = url.host.hasPrefix("[") ? String(url.host.dropFirst().dropLast()) : url.host
        return .tcp(host: host, port: Int(port) ?? (url.scheme == .https ? 443 : 80))
    }
}
