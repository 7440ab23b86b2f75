public import HTTPModel
public import HeaderPolicy
import NIOCore
import NIOPosix
import NIOSSL
public import ProxyCore

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
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let promise = loop.makePromise(of: Response.self)
        let deadline = loop.scheduleTask(in: .milliseconds(Int64(request.timeout))) { promise.fail(Failure.timeout) }
        defer { deadline.cancel() }
        let connected: EventLoopFuture<any Channel>
        do {
            connected = try connect(request, loop, promise)
        } catch {
            let failure = failure(error)
            promise.fail(failure)
            throw failure
        }
        connected.whenFailure { promise.fail(failure($0)) }
        // A name that is looked up for long is not waited for either.
        defer { connected.whenSuccess { $0.close(promise: nil) } }
        return try await promise.futureResult.get()
    }

    private static func connect(
        _ request: Request, _ loop: any EventLoop, _ promise: EventLoopPromise<Response>
    ) throws -> EventLoopFuture<any Channel> {
        let tls = request.url.scheme == .https ? try context(request) : nil
        let limit = TimeAmount.milliseconds(Int64(request.timeout))
        return loop.flatSubmit {
            bootstrap(request, loop, promise, tls).connect(to: request.target ?? target(of: request.url), within: limit)
        }
    }

    private static func bootstrap(
        _ request: Request, _ loop: any EventLoop, _ promise: EventLoopPromise<Response>, _ tls: NIOSSLContext?
    ) -> ClientBootstrap {
        ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls {
                        let host = request.url.host
                        let isAddress = IPAddress(host.utf8.span) != nil || host.hasPrefix("[")
                        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : host))
                    }
                    if request.version == .http2 {
                        try pipeline.addHandler(HTTP2ClientHandler(request, promise))
                    } else {
                        try pipeline.addHandler(HTTP1ClientHandler(request, promise))
                    }
                }
            }
    }

    private static func context(_ request: Request) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = request.version == .http2 ? ["h2", "http/1.1"] : ["http/1.1"]
        if !request.isVerified { configuration.certificateVerification = .none }
        return try NIOSSLContext(configuration: configuration)
    }

    private static func target(of url: WebURL) -> SocketTarget {
        let port = url.authority.dropFirst(url.host.count + 1)
        let host = url.host.hasPrefix("[") ? String(url.host.dropFirst().dropLast()) : url.host
        return .tcp(host: host, port: Int(port) ?? (url.scheme == .https ? 443 : 80))
    }

    static func failure(_ error: any Error) -> Failure {
        switch error {
        case let failure as Failure: failure
        case _ where TLSFailure.isTLS(error): .tls(TLSFailure.cause(error, certificate: nil, now: WallClock.unixSeconds()))
        case is NoAddressAnswers: .connection("no connection (\(connectionText(error)))")
        case let error as NIOConnectionError: .connection("no connection (\(connectionText(error)))")
        default: .connection(systemText(error))
        }
    }
}
