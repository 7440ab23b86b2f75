package import HTTPModel
import HeaderPolicy

/// What a page asks with `fetch()`.
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

    package enum Redirect: String, Sendable, CaseIterable { case follow, manual, error }

    /// Of the page: `https://app.example`, or `null` for a sandboxed one.
    package var origin: String
    package var url: WebURL
    package var method = "GET"
    /// What the page sets, and what a browser adds by itself (`Cookie`).
    package var fields: [FieldText] = []
    package var mode = Mode.cors
    package var credentials = Credentials.sameOrigin
    package var redirect = Redirect.follow
    /// `*` in `Access-Control-Allow-Headers` covers `Authorization`. The standard says no; Chromium still lets it.
    package var starCoversAuthorization = false

    package init(origin: String, url: WebURL) {
        self.origin = origin
        self.url = url
    }

    /// As `fetch` sends it: six names are written in capitals, any other stays as it is.
    package var sentMethod: String {
        let capitals = method.uppercased()
        return ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"].contains(capitals) ? capitals : method
    }
}

/// A response as far as a browser's verdict depends on it.
package struct FetchResponse: Sendable, Hashable {
    package var status: Int
    package var fields: [FieldText]

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
    /// Cookies and the like go along.
    package var hasCredentials: Bool
}
