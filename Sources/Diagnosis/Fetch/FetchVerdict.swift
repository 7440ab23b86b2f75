package import HTTPModel

/// What a page may do with the answer to its `fetch()`, and if nothing, which check of the browser failed.
package struct FetchVerdict: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
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

    package var kind: Kind
    /// Why it was refused; nil otherwise.
    package var failure: FetchFailure?
    /// Why the browser had to ask first: the method, and the fields in lower case; empty where it had not.
    package var preflightReasons: [String] = []
    package var redirects: [WebURL] = []
    /// The response that the verdict is about: of `failure`, the one that failed.
    package var response: FetchResponse?
    package var url: WebURL
    /// Names of fields of the response that the page can read, in their order, each once; and of those that it cannot.
    package var readable: [String] = []
    package var hidden: [String] = []

    package init(kind: Kind, url: WebURL) {
        self.kind = kind
        self.url = url
    }

    /// The page sees the response.
    package var isReadable: Bool { kind == .readable || kind == .sameOrigin }
}

/// Which check of the Fetch standard failed. Codes are stable.
package struct FetchFailure: Sendable, Hashable {
    package enum Check: Sendable, Hashable {
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

    package var check: Check
    /// The preflight failed; the request itself was never sent.
    package var isPreflight: Bool

    package init(check: Check, isPreflight: Bool) {
        self.check = check
        self.isPreflight = isPreflight
    }

    /// One word for programs.
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
    package static let codes = [
        "network", "forbidden_method", "allow_origin_missing", "allow_origin_twice", "allow_origin_differs",
        "star_with_credentials", "allow_credentials_missing", "preflight_status", "preflight_redirect",
        "allow_methods_malformed", "allow_headers_malformed", "method_not_allowed", "header_not_allowed", "redirect_unwanted",
        "redirect_malformed", "redirect_with_user", "too_many_redirects", "resource_policy",
    ]
}
