package import HTTPModel
import HeaderPolicy

/// A request that a page makes with `fetch()`.
package struct PageFetch: Sendable {
    package enum Mode: String, Sendable, CaseIterable {
        case cors
        case noCORS = "no-cors"
        case navigate
    }

    package enum Credentials: String, Sendable, CaseIterable {
        case omit
        case sameOrigin = "same-origin"
        case include
    }

    package enum Redirect: String, Sendable, CaseIterable {
        case follow, manual, error
        /// It is followed, and what is answered there is not known.
        case unfollowed
    }

    /// The origin of the page: `https://app.example`, or `null` for a sandboxed one.
    package var origin: String
    package var url: WebURL
    package var method = "GET"
    /// The fields that the page sets, and those that a browser adds by itself (`Cookie`).
    package var fields: [FieldText] = []
    package var mode = Mode.cors
    package var credentials = Credentials.sameOrigin
    package var redirect = Redirect.follow
    /// The page is of another origin, whatever the URL says: its host is a stand-in.
    package var isForeign = false
    /// Whether `*` in `Access-Control-Allow-Headers` covers `Authorization`. The standard says no, but Chromium allows it.
    package var starCoversAuthorization = false
    /// Whether servers that are not known may allow the origin `null`.
    package var mayAllowNull = false
    /// Whether the user of the browser has allowed insecure content on the page.
    package var allowsMixedContent = false

    package init(origin: String, url: WebURL) {
        self.origin = origin
        self.url = url
    }

    /// Whether browsers do not send a request for `url` because the page came over https and this would not (Mixed Content §4).
    package func isMixedContent(_ url: WebURL) -> Bool {
        mode != .navigate && !allowsMixedContent && origin.hasPrefix("https://") && url.scheme == .http && !url.isLoopback
            && !LocalNetwork.mayBePlain(url.host)
    }

    /// What keeps a page of https from a URL of http, as a sentence; nil where nothing does.
    var mixedContentNote: String? {
        guard isMixedContent(url) else { return nil }
        return "Browsers send nothing over http for a page of https (mixed content): let the page ask for it by https."
    }

    /// The fields that are set and that the browser sends. Without CORS a page cannot ask for permission, so it can only set
    /// fields that need none ("request-no-cors" guard, Fetch §5.1). `Range` is not set by a page, but by an audio or a video.
    var sentFields: [FieldText] {
        guard mode == .noCORS else { return fields }
        return fields.filter { SafeLists.isForbidden($0.name.lowercased()) || SafeLists.unsafeNames([$0]).isEmpty }
    }

    /// The method as `fetch` sends it: six names are written in capitals, any other stays as it is.
    package var sentMethod: String {
        let capitals = method.uppercased()
        return ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"].contains(capitals) ? capitals : method
    }
}

/// The parts of a response on which a browser's verdict depends.
package struct FetchResponse: Sendable, Hashable {
    package var status: Int
    package var fields: [FieldText]
    /// Whether the body broke off before its announced end: the page has the response, and fails to read the body.
    package var isBroken = false

    package init(status: Int, fields: [FieldText]) {
        self.status = status
        self.fields = fields
    }
}

/// One request that the browser sends on behalf of a page.
package struct FetchHop: Sendable, Hashable {
    package var isPreflight: Bool
    package var method: String
    package var url: WebURL
    package var fields: [FieldText]
    /// Whether cookies and other credentials are sent.
    package var hasCredentials: Bool
}
