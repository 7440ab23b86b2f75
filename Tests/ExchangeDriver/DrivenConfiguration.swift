package import HTTPModel
import HeaderPolicy
package import ProxyCore

/// What the driven exchanges run under: a route of every kind, small limits, and timeouts that can be told apart.
package enum DrivenConfiguration {
    /// Bytes of a request's body that are kept.
    package static let bodyBuffer = 20
    /// Of `/small`.
    package static let smallBody = 10
    /// Of `/reports`.
    package static let reportBody = 40

    /// Without a time for a whole exchange.
    package static let usual = make()

    /// - Parameters:
    ///   - exchange: milliseconds for all of an exchange; 0 is for ever.
    ///   - bodyRate: bytes a second that a body has to come with; 0 asks for nothing.
    package static func make(exchange: Int = 0, bodyRate: Int = 0) -> CompiledConfiguration {
        do {
            return try CompiledConfiguration(source(exchange, bodyRate))
        } catch {
            fatalError("the configuration is good: \(error)")
        }
    }

    private static func source(_ exchange: Int, _ bodyRate: Int) -> Configuration {
        var configuration = Configuration()
        configuration.listeners = [Listener(bind: Located(.tcp(host: "127.0.0.1", port: 0), at: place))]
        configuration.upstreams = [upstream("app", .http), upstream("modern", .h2c)]
        configuration.responseHeaders = [rule("X-Once", "stage")]
        configuration.limits.bodyBuffer = bodyBuffer
        configuration.timeouts.response = 30_000
        configuration.timeouts.eventStream = 300_000
        configuration.timeouts.requestBody = 10_000
        configuration.timeouts.tunnel = 60_000
        configuration.timeouts.idle = 5_000
        configuration.timeouts.exchange = exchange
        configuration.limits.requestBodyRate = bodyRate
        var collector = ReportCollector()
        collector.body = reportBody
        var small = route("/small", .upstream("app"))
        small.requestBody = smallBody
        var hints = route("/hints", .upstream("app"))
        var link = rule("Link", "</a.css>; rel=preload; as=style")
        link.earlyHints = .always
        hints.responseHeaders = [link]
        configuration.routes = [
            tried(route("/fixed", .respond(FixedResponse(status: 200, body: Array("fixed".utf8))))),
            route("/moved", .redirect(Redirect(to: Located("/new", at: place)))),
            route("/reports", .reports(collector)), small, hints, tried(route("/modern/**", .upstream("modern"))),
            route("/**", .upstream("app")),
        ]
        return configuration
    }

    private static let place = SourceLocation(file: "driven.yaml", line: 1, column: 1)

    private static func upstream(_ name: String, _ scheme: Upstream.Scheme) -> Upstream {
        let server = UpstreamServer(Located(.tcp(host: "127.0.0.1", port: 1), at: place))
        return Upstream(name: name, scheme: scheme, servers: [server], location: place)
    }

    private static func route(_ path: String, _ action: Route.Action) -> Route {
        var route = Route(action, location: place)
        route.paths = [Located(path, at: place)]
        return route
    }

    /// The route with rules in shadow, of which nothing may be sent.
    private static func tried(_ route: Route) -> Route {
        var route = route
        var again = Rule(
            .add([FieldValue(name: Located("X-Once", at: place), value: Located("shadow", at: place))]), location: place)
        again.isShadow = true
        route.requestHeaders = [again]
        route.responseHeaders = [again]
        return route
    }

    private static func rule(_ name: String, _ value: String) -> Rule {
        Rule(.set([FieldValue(name: Located(name, at: place), value: Located(value, at: place))]), location: place)
    }
}

/// A request that a driven exchange begins with.
package struct DrivenRequest: Sendable {
    package var method: String
    package var target: String
    package var fields: [FieldText]
    package var body: BodyLength
    package var version = HTTPVersion.http11
    package var wantsUpgrade = false
    /// It comes as extended CONNECT.
    package var isWebSocket = false

    package init(_ method: String, _ target: String, _ fields: [FieldText] = [], body: BodyLength = .none) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
    }

    /// A WebSocket as HTTP/1.1 asks for it.
    package static var upgrade: DrivenRequest {
        var request = DrivenRequest("GET", "/socket", [FieldText("Connection", "upgrade"), FieldText("Upgrade", "websocket")])
        request.wantsUpgrade = true
        return request
    }

    /// A WebSocket as HTTP/2 asks for it.
    package static var webSocket: DrivenRequest {
        var request = DrivenRequest("CONNECT", "/socket")
        request.version = .http2
        request.isWebSocket = true
        return request
    }
}

extension RequestHead {
    mutating func fill(with request: DrivenRequest) {
        removeAll()
        version = request.version
        setMethod(request.method.utf8.span)
        setTarget(request.target.utf8.span)
        setAuthority("app.example".utf8.span)
        for field in request.fields { fields.append(field.name, field.value) }
    }
}
