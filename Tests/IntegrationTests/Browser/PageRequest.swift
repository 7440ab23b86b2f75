/// One `fetch` that a page makes, and what the app is told to do with it.
struct PageRequest: Sendable {
    var name: String
    var method = "GET"
    var fields: [String: String] = [:]
    var body: String?
    var hasCredentials = false
    var mode = "cors"
    var redirect = "follow"
    /// How often, one after the other.
    var times = 1

    /// The app's status, to all but preflights; and to these.
    var status = 200
    var preflightStatus = 204
    var own = OwnAnswer.silent
    /// The route that the app redirects to; on the proxy's other origin when `crossesOrigins`.
    var target: String?
    var crossesOrigins = false

    private static let json = ["Content-Type": "application/json"]
    private static let custom = ["X-Custom": "yes"]

    static let all = plain + ownAnswers + redirects

    private static let plain: [PageRequest] =
        [
            PageRequest(name: "GET"),
            PageRequest(name: "HEAD", method: "HEAD"),
            PageRequest(name: "GET with credentials", hasCredentials: true),
            PageRequest(name: "GET without leave", mode: "no-cors"),
            PageRequest(name: "POST of text", method: "POST", body: "text"),
            PageRequest(name: "POST of text with credentials", method: "POST", body: "text", hasCredentials: true),
            PageRequest(
                name: "POST of a form", method: "POST", fields: ["Content-Type": "application/x-www-form-urlencoded"], body: "a=b"
            ),
            PageRequest(name: "POST of JSON", method: "POST", fields: json, body: "{}"),
            PageRequest(name: "POST of JSON with credentials", method: "POST", fields: json, body: "{}", hasCredentials: true),
            PageRequest(name: "PUT", method: "PUT", body: "text"),
            PageRequest(name: "put in lower case", method: "put"),
            PageRequest(name: "PUT with credentials", method: "PUT", hasCredentials: true),
            PageRequest(name: "PUT twice", method: "PUT", times: 2),
            PageRequest(name: "DELETE", method: "DELETE"),
            PageRequest(name: "patch in lower case", method: "patch"),
            PageRequest(name: "OPTIONS", method: "OPTIONS"),
            PageRequest(name: "a field", fields: custom),
            PageRequest(name: "a field with credentials", fields: custom, hasCredentials: true),
            PageRequest(name: "two fields", fields: ["X-Custom": "yes", "X-Other": "1"]),
            PageRequest(name: "Authorization", fields: ["Authorization": "Basic eDp5"]),
            PageRequest(name: "a field that needs no leave", fields: ["Accept-Language": "de", "Accept": "text/plain"]),
            PageRequest(name: "such a field with an unsafe value", fields: ["Accept": "text/\"plain\""]),
            PageRequest(name: "such a field that is too long", fields: ["Accept-Language": String(repeating: "a", count: 129)]),
            PageRequest(name: "204", status: 204),
            PageRequest(name: "404", status: 404),
            PageRequest(name: "500", hasCredentials: true, status: 500),
            PageRequest(name: "500 to PUT", method: "PUT", status: 500),
            PageRequest(name: "an app that refuses OPTIONS", method: "PUT", preflightStatus: 405),
        ]

    private static let ownAnswers: [PageRequest] = OwnAnswer.allCases.filter { $0 != .silent }.flatMap { own in
        [
            PageRequest(name: "own answer \(own)", own: own),
            PageRequest(name: "own answer \(own) with credentials", hasCredentials: true, own: own),
            PageRequest(name: "PUT, own answer \(own)", method: "PUT", fields: custom, own: own),
            PageRequest(name: "DELETE, own answer \(own)", method: "DELETE", own: own),
            PageRequest(name: "500, own answer \(own)", status: 500, own: own),
        ]
    }

    private static let redirects: [PageRequest] =
        ["exact", "credentials", "pattern", "star", "null", "down"].flatMap { (target: String) in
            [
                PageRequest(name: "redirect to \(target)", status: 302, target: target),
                PageRequest(name: "redirect of POST to \(target)", method: "POST", body: "text", status: 302, target: target),
                PageRequest(name: "redirect of PUT to \(target)", method: "PUT", body: "text", status: 307, target: target),
                PageRequest(name: "redirect with credentials to \(target)", hasCredentials: true, status: 302, target: target),
                PageRequest(name: "redirect to \(target) elsewhere", status: 302, target: target, crossesOrigins: true),
                PageRequest(
                    name: "redirect of PUT to \(target) elsewhere", method: "PUT", body: "text", status: 308, target: target,
                    crossesOrigins: true),
            ]
        } + [
            PageRequest(name: "redirect, by hand", redirect: "manual", status: 302, target: "star"),
            PageRequest(name: "redirect, unwanted", redirect: "error", status: 302, target: "star"),
        ]

    /// The method as `fetch` sends it: six names are written in capitals, any other stays as it is.
    var sentMethod: String {
        let capitals = method.uppercased()
        return ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"].contains(capitals) ? capitals : method
    }
}
