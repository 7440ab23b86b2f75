/// A field line as text.
public struct FieldText: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

extension [FieldText] {
    /// "Get" of the Fetch standard: all lines of a name as one text; nil where there is none.
    public func combined(_ name: String) -> String? {
        let values = values(of: name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    public func values(of name: String) -> [String] {
        let wanted = name.lowercased()
        return filter { $0.name.lowercased() == wanted }.map(\.value)
    }
}

/// What a page asks with `fetch()`.
public struct PageFetch: Sendable {
    public enum Mode: String, Sendable, CaseIterable {
        case cors
        case noCORS = "no-cors"
        case navigate
    }

    public enum Credentials: String, Sendable, CaseIterable {
        case omit
        case sameOrigin = "same-origin"
        case include
    }

    public enum Redirect: String, Sendable, CaseIterable { case follow, manual, error }

    /// Of the page: `https://app.example`, or `null` for a sandboxed one.
    public var origin: String
    public var url: WebURL
    public var method = "GET"
    /// What the page sets, and what a browser adds by itself (`Cookie`).
    public var fields: [FieldText] = []
    public var mode = Mode.cors
    public var credentials = Credentials.sameOrigin
    public var redirect = Redirect.follow
    /// `*` in `Access-Control-Allow-Headers` covers `Authorization`. The standard says no; Chromium still lets it.
    public var starCoversAuthorization = false

    public init(origin: String, url: WebURL) {
        self.origin = origin
        self.url = url
    }

    /// As `fetch` sends it: six names are written in capitals, any other stays as it is.
    public var sentMethod: String {
        let capitals = method.uppercased()
        return ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"].contains(capitals) ? capitals : method
    }
}

/// A response as far as a browser's verdict depends on it.
public struct FetchResponse: Sendable, Hashable {
    public var status: Int
    public var fields: [FieldText]

    public init(status: Int, fields: [FieldText]) {
        self.status = status
        self.fields = fields
    }
}

/// One request that the browser sends on behalf of a page.
public struct FetchHop: Sendable, Hashable {
    public var isPreflight: Bool
    public var method: String
    public var url: WebURL
    public var fields: [FieldText]
    /// Cookies and the like go along.
    public var hasCredentials: Bool
}
