public import HTTPModel
import HeaderPolicy
public import ProxyCore
import TLS

/// One request on a fresh connection, over HTTP/1.1 or HTTP/2: what `letterhead doctor` and `explain --live` ask with. Not part of
/// the proxy's own path.
public enum WebClient {
    public struct Request: Sendable {
        public var method: String
        public var url: WebURL
        /// Without `Host`.
        public var fields: [FieldText]
        public var version: HTTPVersion
        /// Where to connect to; nil is the host and port of the URL.
        public var target: SocketTarget?
        /// The server's certificate is checked.
        public var isVerified = true
        /// Milliseconds for all of it.
        public var timeout = 10_000

        public init(_ method: String, _ url: WebURL, fields: [FieldText] = [], version: HTTPVersion = .http11) {
            self.method = method
            self.url = url
            self.fields = fields
            self.version = version
        }
    }

    public struct Response: Sendable {
        public var version: HTTPVersion
        public var status: Int
        public var fields: [FieldText]
        /// At most `bodyLimit` bytes of it.
        public var body: [UInt8] = []
        /// The message ended as its framing said.
        public var isComplete = true
        /// There was more of the body than `bodyLimit`; it was not waited for.
        public internal(set) var isCut = false

        /// Of a question that nothing is to be said to.
        static let nothing = Response(version: .http11, status: 0, fields: [])

        /// Takes a part of the body.
        mutating func keep(_ bytes: Span<UInt8>) {
            let room = WebClient.bodyLimit - body.count
            isCut = isCut || bytes.count > room
            body.append(copying: bytes.extracting(0..<min(bytes.count, max(0, room))))
        }
    }

    public enum Failure: Error, Sendable, Hashable, CustomStringConvertible {
        case timeout
        /// The connection could not be made, or broke.
        case connection(String)
        case tls(String)
        case notHTTP(String)
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
                case .badRequest(let text): .badRequest(text)
                }
        }

        public var description: String {
            switch self {
            case .timeout: "the time is up"
            case .connection(let text): text
            case .tls(let text): "TLS: \(text)"
            case .notHTTP(let text): "what answered does not speak this protocol: \(text)"
            case .badRequest(let text): text
            }
        }
    }

    /// Bytes of a response's body that are kept.
    public static let bodyLimit = 1 << 20

    /// The final response, or as much of it as is kept. Throws `Failure`, at the latest when the time is up, whatever comes until then.
    public static func ask(_ request: Request) async throws -> Response {
        let place = target(of: request.url)
        var question = Inquiry.Question(
            request: request, target: request.target ?? place, timeout: request.timeout, named: place)
        if request.url.scheme == .https {
            do throws(SetupError) { question.security = try security(request) } catch { throw Failure.tls(error.words) }
        }
        return try await InquiryLoop.ask(question).mapError(Failure.init).get()
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
