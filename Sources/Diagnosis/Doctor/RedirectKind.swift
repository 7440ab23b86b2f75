import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// The reason why a server redirects, judged by the target.
enum RedirectKind: Equatable {
    case slash, https, login, other
    /// From https to http of the same host, as by an app that does not know that clients reach it by https.
    case http

    init(_ url: WebURL, _ location: String) {
        let target = url.resolving(location)
        if target?.scheme == .http, url.scheme == .https, target?.host == url.host {
            self = .http
        } else if target?.path == url.path + "/" || target.map({ $0.path + "/" }) == url.path {
            self = .slash
        } else if target?.scheme == .https, url.scheme == .http {
            self = .https
        } else {
            let isLogin = target.map { Self.segments($0).contains(where: Self.logins.contains) } ?? false
            // A request for the login page itself is not redirected there in order to log in.
            self = isLogin && !Self.logins.contains(Self.segments(url).last ?? "") ? .login : .other
        }
    }

    private static let logins: Set = ["login", "log-in", "signin", "sign-in", "sso", "auth", "oauth", "oauth2", "authorize"]

    /// The parts of a path, without the ending of a file.
    private static func segments(_ url: WebURL) -> [String] {
        url.path.lowercased().split(separator: "/").map { String($0.prefix { $0 != "." }) }
    }

    /// Where a redirect has led from https to http of the same host on the way; nil if none has.
    static func downgrade(_ course: [WebURL]) -> WebURL? {
        zip(course, course.dropFirst()).first { RedirectKind($0, "\($1)") == .http }?.1
    }

    func sentence(isPreflight: Bool) -> String {
        switch self {
        case .slash: " Only the slash at the end differs."
        case .https: " It leads to https: the page should ask for that at once."
        case .http: " The app writes http because it does not know that it is served over https."
        case .login:
            isPreflight ? " It leads to a login: browsers send no credentials with a preflight." : " It leads to a login."
        case .other: ""
        }
    }

    func flask(_ location: String) -> String? {
        switch self {
        case .slash:
            "the rule ends with a slash and the page asks without, or the other way round (strict_slashes): ask for "
                + "\(Redaction.text(location)), or write strict_slashes=False"
        case .http:
            "ProxyFix(app.wsgi_app, x_proto=1, x_host=1), and a proxy that sends X-Forwarded-Proto: https; or ask for the final address"
        case .https: "Flask-Talisman and its like redirect to https: ask for https"
        case .login: "a before_request hook or @login_required sends requests to the login: let OPTIONS through, and answer 401"
        case .other: nil
        }
    }

    /// Returns the remedies for other kinds of apps, unless the reason is the slash.
    func remedies(_ location: String) -> [Remedy.Place: String?] {
        switch self {
        case .slash: [:]
        case .https:
            [
                .fastAPI: "HTTPSRedirectMiddleware redirects to https: ask for https",
                .django: "SECURE_SSL_REDIRECT redirects to https: ask for https",
            ]
        case .http:
            [
                .fastAPI: "uvicorn --proxy-headers --forwarded-allow-ips with the address of the proxy",
                .django: "SECURE_PROXY_SSL_HEADER = (\"HTTP_X_FORWARDED_PROTO\", \"https\")",
            ]
        case .login:
            [
                .fastAPI: "a middleware sends requests to the login: add CORSMiddleware after it, so that it comes first",
                .django: "a login middleware or decorator redirects: CorsMiddleware has to stand before it in MIDDLEWARE",
            ]
        case .other:
            [
                .fastAPI: "ask for \(Redaction.text(location)) at once", .django: "ask for \(Redaction.text(location)) at once",
            ]
        }
    }
}
