import HTTPModel
import HeaderPolicy
import NIOCore
import NIOPosix
import NIOSSL
import ProxyCore

/// One health check: a GET on a fresh connection, as the upstream's requests come.
struct ServerCheck {
    let upstream: Upstream
    let check: HealthCheck
    let security: UpstreamSecurity?

    /// Nil when the server is healthy, otherwise why it is not. Always succeeds.
    func run(_ identity: ServerIdentity, on loop: any EventLoop) -> EventLoopFuture<String?> {
        let promise = loop.makePromise(of: WebClient.Response.self)
        let timer = loop.scheduleTask(in: .milliseconds(Int64(check.timeout))) { promise.fail(WebClient.Failure.timeout) }
        let connected = connect(identity, loop, promise)
        connected.whenFailure { promise.fail($0) }
        promise.futureResult.whenComplete { _ in
            timer.cancel()
            connected.whenSuccess { $0.close(promise: nil) }
        }
        let check = check
        return promise.futureResult
            .map { response -> String? in
                check.passes(Status(rawValue: UInt16(clamping: response.status))) ? nil : "it answered \(response.status)"
            }
            .flatMapErrorThrowing { error in
                if let error = error as? DialFailure { return error.cause }
                return "\(WebClient.failure(error))"
            }
    }

    private func connect(
        _ identity: ServerIdentity, _ loop: any EventLoop, _ promise: EventLoopPromise<WebClient.Response>
    ) -> EventLoopFuture<any Channel> {
        var request = WebClient.Request("GET", url(identity), fields: [FieldText("User-Agent", "letterhead/health-check")])
        if upstream.scheme.isHTTP2 { request.version = .http2 }
        let (security, limit) = (security, TimeAmount.milliseconds(Int64(check.timeout)))
        let asked = request
        let bootstrap = ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let security {
                        let tls = try security.handler(for: identity.named)
                        let watch = TLSWatch(
                            tls, requiredProtocol: security.requiredProtocol, name: security.requiredName(of: identity.named),
                            limit: limit)
                        watch.whenDone { if case .failure(let failure) = $0 { promise.fail(failure) } }
                        try pipeline.addHandlers(tls, watch)
                    }
                    if asked.version == .http2 {
                        try pipeline.addHandler(HTTP2ClientHandler(asked, promise))
                    } else {
                        try pipeline.addHandler(HTTP1ClientHandler(asked, promise))
                    }
                }
            }
        return bootstrap.connect(to: identity.target, within: limit)
    }

    private func url(_ identity: ServerIdentity) -> WebURL {
        var authority = check.host ?? upstream.host ?? "\(identity.named)"
        if case .unix = identity.target, check.host == nil, upstream.host == nil { authority = "localhost" }
        return WebURL(scheme: upstream.scheme.isTLS ? .https : .http, authority: authority, target: check.path)
    }
}
