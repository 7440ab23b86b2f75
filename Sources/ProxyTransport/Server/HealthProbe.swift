import HTTP1
public import HTTPModel
import NIOCore
import NIOPosix
public import ProxyCore

/// One GET on a fresh connection: what `letterhead healthcheck` does.
public enum HealthProbe {
    public enum Failure: Error, CustomStringConvertible {
        case timeout, notHTTP
        case connection(String)

        public var description: String {
            switch self {
            case .timeout: "the time is up"
            case .notHTTP: "what answered does not speak HTTP"
            case .connection(let text): text
            }
        }
    }

    /// The status of the answer. `timeout` is in milliseconds. Throws when the connection fails, the time is up, or what
    /// comes back is not HTTP.
    public static func get(_ path: String, from target: SocketTarget, timeout: Int) async throws -> Status {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let promise = loop.makePromise(of: Status.self)
        let deadline = loop.scheduleTask(in: .milliseconds(Int64(timeout))) { promise.fail(Failure.timeout) }
        defer { deadline.cancel() }
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(.milliseconds(Int64(timeout)))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ProbeHandler(path: path, host: "\(target)", promise: promise))
                }
            }
        let connected = connect(bootstrap, target)
        connected.whenFailure { promise.fail(Failure.connection(connectionText($0))) }
        defer { connected.whenSuccess { $0.close(promise: nil) } }
        return try await promise.futureResult.get()
    }

    /// Returns when a connection was made, which is closed then. `timeout` is in milliseconds.
    public static func connect(to target: SocketTarget, timeout: Int) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let promise = loop.makePromise(of: Void.self)
        let deadline = loop.scheduleTask(in: .milliseconds(Int64(timeout))) { promise.fail(Failure.timeout) }
        defer { deadline.cancel() }
        let connected = connect(ClientBootstrap(group: loop).connectTimeout(.milliseconds(Int64(timeout))), target)
        connected.flatMap { $0.close() }.whenComplete { result in
            switch result {
            case .success: promise.succeed()
            case .failure(let error): promise.fail(Failure.connection(connectionText(error)))
            }
        }
        try await promise.futureResult.get()
    }

    private static func connect(_ bootstrap: ClientBootstrap, _ target: SocketTarget) -> EventLoopFuture<any Channel> {
        switch target {
        case .tcp(let host, let port): bootstrap.connect(host: host, port: port)
        case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
        }
    }
}

private final class ProbeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let path: String
    private let host: String
    private let promise: EventLoopPromise<Status>
    private var parser = ResponseParser(limits: MessageLimits(), names: .standard)
    private var input = ByteBuffer()
    private var isDone = false

    init(path: String, host: String, promise: EventLoopPromise<Status>) {
        self.path = path
        self.host = host.hasPrefix("unix:") ? "localhost" : host
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        var request: [UInt8] = []
        MessageWriter.writeRequest(
            method: "GET".utf8.span, target: path.utf8.span, authority: host.utf8.span, fields: Fields(), framing: .asFields,
            persistence: .close, into: &request)
        parser.next(method: .get)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: request)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        input.writeImmutableBuffer(unwrapInboundIn(data))
        while true {
            let bytes = input
            let step = parser.parse(bytes.readableBytesUInt8Span)
            input.moveReaderIndex(forwardBy: step.consumed)
            switch step.event {
            case .informational: continue
            // What follows the head is not read.
            case .head: end(.success(parser.head.status), context)
            case .failed: end(.failure(.notHTTP), context)
            case .needMore, .body, .end: input.discardReadBytes()
            }
            return
        }
    }

    private func end(_ result: Result<Status, HealthProbe.Failure>, _ context: ChannelHandlerContext) {
        isDone = true
        promise.completeWith(result.mapError { $0 })
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { promise.fail(HealthProbe.Failure.notHTTP) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }
}
