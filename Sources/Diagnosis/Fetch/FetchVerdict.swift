package import HTTPModel

/// A browser's verdict on a `fetch()`: what the page may do with the answer, and if nothing, which check failed.
package struct FetchVerdict: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        /// The response is from the page's own origin, so nothing is checked.
        case sameOrigin = "same_origin"
        /// The page reads status, body and the fields in `readable`.
        case readable
        /// The response is used (an image, a form's post, another page), but the page learns nothing about it.
        case opaque
        case opaqueRedirect = "opaque_redirect"
        /// `fetch` fails, and the page learns nothing, not even why.
        case refused
    }

    package var kind: Kind
    /// The reason for a refusal; nil otherwise.
    package var failure: FetchFailure?
    /// The reasons for a preflight: the method, and the fields in lower case; empty when none was needed.
    package var preflightReasons: [String] = []
    package var redirects: [WebURL] = []
    /// The first redirect that made the request a GET without its body; nil where none has.
    package var turn: MethodTurn?
    /// The redirect after which the browser says `Origin: null`, where what it leads to is not known.
    var originLoss: FetchFailure.OriginLoss?
    /// The names of fields that were to be sent and that no page can set in this mode, and `Cookie` where no credentials go along.
    package var unsent: [String] = []
    /// The response that the verdict is about; for a `failure`, the one that failed.
    package var response: FetchResponse?
    package var url: WebURL
    /// The names of the response's fields that the page can read, in their order and each once, and of those that it cannot.
    package var readable: [String] = []
    package var hidden: [String] = []

    package init(kind: Kind, url: WebURL) {
        self.kind = kind
        self.url = url
    }

    /// Whether the page sees the response.
    package var isReadable: Bool { kind == .readable || kind == .sameOrigin }

    /// Whether the response passes all checks, and its body breaks off.
    package var isBroken: Bool { kind != .refused && kind != .opaqueRedirect && response?.isBroken ?? false }

    /// Whether the page does not get what it has asked for.
    package var isFailure: Bool { kind == .refused || isBroken }
}

/// A redirect by which a request became a GET and lost its body.
package struct MethodTurn: Sendable, Hashable {
    package var method: String
    package var status: Int
    package var from: WebURL
    package var to: WebURL

    /// Whether the same thing is to be asked for elsewhere, and nothing has been done with the request yet. A server that has done
    /// its work may well show the result, by 302 or 303 to another page or to itself.
    var isLoss: Bool {
        func trimmed(_ path: String) -> Substring { path.hasSuffix("/") ? path.dropLast() : path[...] }
        return status == 301 || from.origin + from.path != to.origin + to.path && trimmed(from.path) == trimmed(to.path)
    }

    var sentence: String {
        "The \(method) became a GET and its body is lost: browsers do that where a redirect (\(status)) leads from \(from) to \(to)."
    }
}

/// The check of the Fetch standard that failed. Codes are stable.
package struct FetchFailure: Sendable, Hashable {
    package enum Check: Sendable, Hashable {
        /// There was no response at all.
        case network
        case forbiddenMethod(String)
        /// There is no `Access-Control-Allow-Origin`.
        case originMissing
        /// There is more than one `Access-Control-Allow-Origin`, in one line or several.
        case originTwice([String])
        case originDiffers(String)
        case starWithCredentials
        /// `Access-Control-Allow-Credentials` is not exactly `true`.
        case credentialsMissing(String?)
        case preflightStatus(Int)
        case preflightRedirect(Int, String)
        case methodsMalformed(String)
        case fieldsMalformed(String)
        case methodNotAllowed(String, allowed: [String])
        case fieldNotAllowed(String, allowed: [String])
        /// `fetch` takes no URL that names a user.
        case urlWithUser
        case redirectUnwanted
        case redirectMalformed(String)
        case redirectWithUser(String)
        case tooManyRedirects
        /// `Cross-Origin-Resource-Policy` keeps the response from other origins.
        case resourcePolicy(String)
        /// A page that came by https asks for this http URL, so the request is not sent.
        case mixedContent(String)
        /// A redirect leads to where `Origin: null` is not allowed.
        case originLost
    }

    /// A redirect from one origin to another, both foreign to the page: what follows is asked with `Origin: null`.
    package struct OriginLoss: Sendable, Hashable {
        package var from: String
        package var to: WebURL
    }

    package var check: Check
    /// Whether the preflight failed, so that the request itself was never sent.
    package var isPreflight: Bool
    /// Why the origin that was checked is not that of the page; nil where it is.
    package var originLoss: OriginLoss?

    package init(check: Check, isPreflight: Bool) {
        self.check = check
        self.isPreflight = isPreflight
    }

    /// The failure in one word for programs.
    package var code: String {
        switch check {
        case .network: "network"
        case .forbiddenMethod: "forbidden_method"
        case .originMissing: "allow_origin_missing"
        case .originTwice: "allow_origin_twice"
        case .originDiffers: "allow_origin_differs"
        case .starWithCredentials: "star_with_credentials"
        case .credentialsMissing: "allow_credentials_missing"
        case .preflightStatus: "preflight_status"
        case .preflightRedirect: "preflight_redirect"
        case .methodsMalformed: "allow_methods_malformed"
        case .fieldsMalformed: "allow_headers_malformed"
        case .methodNotAllowed: "method_not_allowed"
        case .fieldNotAllowed: "header_not_allowed"
        case .urlWithUser: "url_with_user"
        case .redirectUnwanted: "redirect_unwanted"
        case .redirectMalformed: "redirect_malformed"
        case .redirectWithUser: "redirect_with_user"
        case .tooManyRedirects: "too_many_redirects"
        case .resourcePolicy: "resource_policy"
        case .mixedContent: "mixed_content"
        case .originLost: "origin_lost"
        }
    }
}

extension FetchFailure.Check {
    /// Whether it is one of the "CORS check", which compares origins.
    var isOfOrigin: Bool {
        switch self {
        case .originMissing, .originTwice, .originDiffers, .starWithCredentials, .credentialsMissing, .originLost: true
        default: false
        }
    }
}

extension FetchFailure {
    /// All values of `code`.
    package static let codes = [
        "network", "forbidden_method", "allow_origin_missing", "allow_origin_twice", "allow_origin_differs",
        "star_with_credentials", "allow_credentials_missing", "preflight_status", "preflight_redirect",
        "allow_methods_malformed", "allow_headers_malformed", "method_not_allowed", "header_not_allowed", "redirect_unwanted",
        "redirect_malformed", "redirect_with_user", "too_many_redirects", "resource_policy", "mixed_content", "url_with_user",
        "origin_lost",
    ]
}
