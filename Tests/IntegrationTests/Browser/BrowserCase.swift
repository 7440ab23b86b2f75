import Foundation

/// A request that a page makes of a route, and what has to become of it.
struct BrowserCase: Sendable {
    /// Also in its query, through every redirect.
    var id: Int
    var asker: Asker
    var route: CORSRoute
    var request: PageRequest

    /// Every route is asked by everybody. What only an app can do is not asked of routes without one, and the many redirects start from a
    /// few routes.
    static let all: [BrowserCase] = {
        var cases: [BrowserCase] = []
        for route in CORSRoute.all {
            for asker in Asker.allCases {
                for request in PageRequest.all where isUseful(request, of: route) {
                    cases.append(BrowserCase(id: cases.count, asker: asker, route: route, request: request))
                }
            }
        }
        return cases
    }()

    private static func isUseful(_ request: PageRequest, of route: CORSRoute) -> Bool {
        if request.target != nil { return ["exact", "pattern", "star", "null"].contains(route.name) }
        return route.target == .app || (request.status == 200 && request.own == .silent)
    }

    var name: String { "\(asker) asks \(route.name): \(request.name) (case \(id))" }

    /// The path of the request, with what the app needs to know in its query. `authority` is that of the proxy's other origin.
    func path(other authority: String) -> String {
        var query = "case=\(id)&own=\(request.own)&status=\(request.status)&preflight=\(request.preflightStatus)"
        if let target = request.target {
            let start = request.crossesOrigins ? "http://\(authority)" : ""
            let location = "\(start)/\(target)/here?case=\(id)&own=\(request.own)"
            query += "&to=\(location.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
        }
        return "\(route.path)?\(query)"
    }

    /// The case as the page needs it: what it gives to `fetch`.
    func task(proxy: String, other: String) -> [String: Any] {
        var options: [String: Any] = [
            "method": request.method, "headers": request.fields, "mode": request.mode, "redirect": request.redirect,
            "credentials": request.hasCredentials ? "include" : "same-origin",
        ]
        if let body = request.body { options["body"] = body }
        return ["id": id, "times": request.times, "url": "http://\(proxy)\(path(other: other))", "options": options]
    }
}
