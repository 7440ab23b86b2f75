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

    package enum Failure: Error, Sendable, Hashable, CustomStringConvertible {
        case timeout
        /// The connection could not be made, or broke.
        case connection(String)
        case tls(String)
        /// What answered does not speak the protocol.
        case notHTTP(String)
        /// What answered is HTTP with a fault.
        case invalid(String)
        case badRequest(String)

        init(_ failure: InquiryFailure) {
            self =
                switch failure {
                case .timeout: .timeout
                case .noConnection(let text): .connection("no connection (\(text))")
                case .broken(let text): .connection(text)
                case .closed: .connection("closed without an answer")
                case .tls(let text): .tls(text)
                case .otherProtocol(let agreed): .notHTTP("TLS settles on \(agreed ?? "no protocol"), not on HTTP/2")
                case .notHTTP(let text): .notHTTP(text)
                case .invalid(let text): .invalid(text)
                case .badRequest(let text): .badRequest(text)
                }
        }

        package var description: String {
            switch self {
            case .timeout: "the time is up"
            case .connection(let text): text
            case .tls(let text): "TLS: \(text)"
            case .notHTTP(let text):
                "what answered does not speak this protocol: \(WebClient.withoutStop(text))"
            case .invalid(let text): "the answer is not valid HTTP: \(WebClient.withoutStop(text))"
            case .badRequest(let text): text
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
        var question = Inquiry.Question(
            request: request, target: request.target ?? place, timeout: request.timeout, named: place,
            extent: request.isBeginningEnough ? .beginning : .all)
        if request.url.scheme == .https {
            do throws(SetupError) { question.security = try security(request) } catch { throw Failure.tls(error.words) }
        }
        return try await TaskLoop.ask(question).mapError(Failure.init).get()
    }

    private static func security(_ request: Request) throws(SetupError) -> UpstreamSecurity {
        let isHTTP2 = request.version == .http2
        return try UpstreamSecurity(
            verifies: request.isVerified, protocols: isHTTP2 ? ["h2", "http/1.1"] : ["http/1.1"],
            requiredProtocol: isHTTP2 ? "h2" : nil)
    }

    private static func target(of url: WebURL) -> SocketTarget {
        let port = url.authority.dropFirst(url.host.count + 1)
        let host = url.host.hasPrefix("[") ? String(url.host.dropFirst().dropLast()) : url.host
        return .tcp(host: host, port: Int(port) ?? (url.scheme == .https ? 443 : 80))
    }
}
