import HTTPModel
import HeaderPolicy
import ProxyConfig
package import ProxyCore

/// The grade that MDN's HTTP Observatory would give the responses of a route, computed offline for a page that the app sends without
/// fields of its own: over https, unless nothing says that requests come by it.
package enum Grade {
    package struct Result: Sendable, Hashable {
        /// The route, counted from 0.
        package var route: Int
        package var score: Observatory.Score
    }

    /// The aspects that the Observatory looks at but a configuration does not show; they are counted neither as good nor as bad.
    package static let leftOut = [
        "headers and cookies that the app sets by itself", "the HSTS preload list (+5)",
        "scripts and their integrity in the page (-50 to +5)", "policies in `<meta>`",
    ]

    /// The aspect that is also left out when something in front ends TLS.
    package static let redirectionLeftOut = "redirection from http by what ends TLS in front (-20 to 0)"

    /// Whether the redirection from http to https can be judged: the configuration has listeners for both, or for https only.
    package static func tellsRedirection(_ configuration: CompiledConfiguration) -> Bool {
        configuration.source.listeners.contains { $0.tls != nil }
    }

    /// Returns a result for each route that leads to an app, and the routes that no request for a page was found for.
    package static func results(of configuration: CompiledConfiguration) -> (graded: [Result], ungraded: [Int]) {
        var (graded, ungraded) = ([Result](), [Int]())
        for index in configuration.routes.indices {
            guard case .upstream = configuration.routes[index].action else { continue }
            if let page = page(index, configuration) {
                graded.append(Result(route: index, score: Observatory.judge(page)))
            } else {
                ungraded.append(index)
            }
        }
        return (graded, ungraded)
    }

    /// Returns the page that a route sends, with the other responses that the Observatory asks for.
    private static func page(_ route: Int, _ configuration: CompiledConfiguration) -> Observatory.Page? {
        let (source, listeners) = (configuration.source.routes[route], configuration.source.listeners)
        let host = source.hosts.first.map { $0.value.replacing("*", by: "www") }
        let targets = source.paths.isEmpty ? ["/", "/x"] : source.paths.flatMap { PatternSamples.paths($0.value) }
        let secure = listeners.indices.filter { listeners[$0].tls != nil }
        // Rules for https do not run where nothing says that a request came by it.
        for listener in secure + listeners.indices.filter({ listeners[$0].tls == nil }) {
            for target in targets {
                let url = WebURL(
                    scheme: configuration.source.mayBeHTTPS ? .https : .http, authority: host ?? "app.example",
                    target: PatternSamples.encoded(target))
                if let page = page(of: url, host, on: configuration, listener, route) { return page }
            }
        }
        return nil
    }

    private static func page(
        of url: WebURL, _ host: String?, on configuration: CompiledConfiguration, _ listener: Int, _ route: Int
    ) -> Observatory.Page? {
        guard let answer = answer(to: "GET", url, on: configuration, listener, route: route) else { return nil }
        var page = Observatory.Page(fields: answer.fields)
        page.host = host
        let asked = [FieldText("Origin", Observatory.foreignOrigin), FieldText("Access-Control-Request-Method", "GET")]
        page.preflight = self.answer(to: "OPTIONS", url, asked, on: configuration, listener, route: nil)?.fields ?? []
        if tellsRedirection(configuration) { page.redirection = redirection(to: url, configuration) }
        return page
    }

    private static func answer(
        to method: String, _ url: WebURL, _ fields: [FieldText] = [], on configuration: CompiledConfiguration, _ listener: Int,
        route: Int?
    ) -> FetchResponse? {
        var request = SimulatedRequest(method: method, scheme: url.scheme, authority: url.authority, target: url.target)
        request.fields = fields
        if let client = configuration.source.trustedClient { request.client = client }
        guard let exchange = try? SimulatedExchange(request, on: configuration, listener: listener, unixSeconds: 0),
            route == nil || exchange.route == route
        else { return nil }
        exchange.receive(.response(status: 200, fields: [FieldText("Content-Type", "text/html")]))
        return FetchResponse(exchange)
    }

    /// Returns how a browser that begins with http is redirected.
    private static func redirection(to page: WebURL, _ configuration: CompiledConfiguration) -> Observatory.Redirection {
        let listeners = configuration.source.listeners
        guard let plain = listeners.firstIndex(where: { $0.tls == nil && !$0.isLocal }) else { return .notNeeded }
        var url = WebURL(scheme: .http, authority: page.authority, target: page.target)
        var way = [url]
        while way.count < 10, url.scheme == .http,
            let response = answer(to: "GET", url, on: configuration, plain, route: nil), 300...399 ~= response.status,
            let location = response.fields.combined("Location"), let next = url.resolving(location)
        {
            url = next
            way.append(url)
        }
        guard way.count > 1 else { return .missing }
        if url.scheme == .http { return .notToHTTPS }
        if way[1].scheme == .http { return .firstToHTTP }
        return way[1].host == page.host ? .toHTTPS : .toAnotherHost
    }
}

extension Listener {
    /// Whether only this machine can reach the listener.
    fileprivate var isLocal: Bool {
        switch bind.value {
        case .tcp(let host, _): WebURL.isLoopback(host)
        default: true
        }
    }
}
