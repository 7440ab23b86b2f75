/// What a page may do with the answer to its `fetch()`, and if nothing, which check of the browser failed.
public struct FetchVerdict: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        /// Of the page's own origin: nothing is checked.
        case sameOrigin = "same_origin"
        /// The page reads status, body and the fields in `readable`.
        case readable
        /// It is used (an image, a form's post) and the page learns nothing of it.
        case opaque
        case opaqueRedirect = "opaque_redirect"
        /// `fetch` fails, and the page learns nothing, not even why.
        case refused
    }

    public var kind: Kind
    /// Why it was refused; nil otherwise.
    public var failure: FetchFailure?
    /// Why the browser had to ask first: the method, and the fields in lower case; empty where it had not.
    public var preflightReasons: [String] = []
    public var redirects: [WebURL] = []
    /// The response that the verdict is about: of `failure`, the one that failed.
    public var response: FetchResponse?
    public var url: WebURL
    /// Names of fields of the response that the page can read, in their order, each once; and of those that it cannot.
    public var readable: [String] = []
    public var hidden: [String] = []

    /// The page sees the response.
    public var isReadable: Bool { kind == .readable || kind == .sameOrigin }
}

/// Which check of the Fetch standard failed. Codes are stable.
public struct FetchFailure: Sendable, Hashable {
    public enum Check: Sendable, Hashable {
        /// No response at all.
        case network
        case forbiddenMethod(String)
        /// `Access-Control-Allow-Origin` is not there.
        case originMissing
        /// More than one, in one line or several.
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
        case redirectUnwanted
        case redirectMalformed(String)
        case redirectWithUser(String)
        case tooManyRedirects
        /// `Cross-Origin-Resource-Policy` keeps it from other origins.
        case resourcePolicy(String)
    }

    public var check: Check
    /// The preflight failed; the request itself was never sent.
    public var isPreflight: Bool

    /// One word for programs.
    public var code: String {
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
        case .redirectUnwanted: "redirect_unwanted"
        case .redirectMalformed: "redirect_malformed"
        case .redirectWithUser: "redirect_with_user"
        case .tooManyRedirects: "too_many_redirects"
        case .resourcePolicy: "resource_policy"
        }
    }
}

extension FetchFailure {
    /// Every `code`.
    public static let codes = [
        "network", "forbidden_method", "allow_origin_missing", "allow_origin_twice", "allow_origin_differs",
        "star_with_credentials", "allow_credentials_missing", "preflight_status", "preflight_redirect",
        "allow_methods_malformed", "allow_headers_malformed", "method_not_allowed", "header_not_allowed", "redirect_unwanted",
        "redirect_malformed", "redirect_with_user", "too_many_redirects", "resource_policy",
    ]
}
