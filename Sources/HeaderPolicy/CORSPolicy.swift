/// `cors:` as it was written. Durations are in whole seconds.
public struct CORSPolicy: Sendable {
    /// Origins (`https://app.example`), typed patterns (`https://*.app.example`, `http://localhost:*`), `*`, `null`, or
    /// `regex:…` (always anchored).
    public var allowOrigins: [Located<String>] = []
    public var allowCredentials: Located<Bool>?
    /// Methods, or `*`. Nil: `everyMethod`. Empty: GET, HEAD and POST, which need no preflight.
    public var allowMethods: [Located<String>]?
    /// Field names, `*`, or `echo` (what the preflight asks for). Nil: `echo`. Empty: none.
    public var allowHeaders: [Located<String>]?
    public var exposeHeaders: [Located<String>] = []
    public var maxAge: Located<Int>?
    public var allowPrivateNetwork: Located<Bool>?
    /// `edge` answers a preflight here; `forward` lets the app see it (its answer still leaves with this policy).
    public var preflight: Preflight = .edge
    /// `replace` removes the app's `Access-Control-*`; `keep` lets an app's complete answer stand. Never two answers.
    public var upstream: Upstream = .replace
    public var location: SourceLocation

    /// What pages send, as flask-cors and Starlette have it.
    public static let everyMethod = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    public enum Preflight: Sendable, Hashable { case edge, forward }
    public enum Upstream: Sendable, Hashable { case replace, keep }

    public init(location: SourceLocation) { self.location = location }
}

/// `cookies:` as it was written: what every `Set-Cookie` must have. What the app wrote stays, unless `force`.
public struct CookiePolicy: Sendable {
    /// Cookie-name patterns (`*` is any run of characters); empty is every cookie.
    public var names: [Located<String>] = []
    public var secure: Located<Bool>?
    public var httpOnly: Located<Bool>?
    /// `Strict`, `Lax` or `None`.
    public var sameSite: Located<String>?
    public var partitioned: Located<Bool>?
    public var path: Located<String>?
    public var domain: Located<String>?
    /// What the prefix of a cookie's name demands is put in order; see `CookiePrefix`.
    public var prefix: Located<Bool>?
    public var force = false
    public var location: SourceLocation

    public init(location: SourceLocation) { self.location = location }
}
