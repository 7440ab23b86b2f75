/// `when:` — all of the named tests must hold; a list of values means any of them.
public struct Condition: Sendable {
    public var methods: [Located<String>] = []
    /// Exact host names, or `*.example.com`.
    public var hosts: [Located<String>] = []
    /// Path patterns: exact, `*` for one segment, `**` for the rest (see `PathPattern`).
    public var paths: [Located<String>] = []
    /// `http` or `https`.
    public var schemes: [Located<String>] = []
    /// A code (`404`), a class (`5xx`) or a range (`400-499`). Responses only.
    public var statuses: [Located<String>] = []
    /// A media type (`text/html`) or a range of them (`image/*`), parameters ignored. Responses only.
    public var contentTypes: [Located<String>] = []
    /// `upstream` or `proxy`: what made the response. Responses only.
    public var sources: [Located<String>] = []
    /// Addresses and CIDR blocks.
    public var clientIPs: [Located<String>] = []
    /// In a response rule, of the request as the client sent it; in a request rule, as the rules before left it.
    public var requestHeaders: [FieldTest] = []
    /// Responses only: as the rules before left them.
    public var responseHeaders: [FieldTest] = []
    public var sample: Sample?
    /// `not:` — none of these may hold as a whole.
    public var not: [Condition] = []
    public var location: SourceLocation

    public init(location: SourceLocation) { self.location = location }
}

/// A test of one field of a message.
public struct FieldTest: Sendable {
    public enum Test: Sendable {
        case absent, present
        /// Any of the texts is the value of a line.
        case equals([Located<String>])
        /// A regular expression finds a match in a line's value.
        case matches(Located<String>)
    }

    public var name: Located<String>
    public var test: Test

    public init(name: Located<String>, test: Test) {
        self.name = name
        self.test = test
    }
}

/// A percentage of clients, the same ones each time.
public struct Sample: Sendable, Hashable {
    public enum Key: Sendable, Hashable {
        case clientAddress
        case cookie(String)
    }

    /// 0 to 100.
    public var percent: Double
    public var key: Key
    public var location: SourceLocation

    public init(percent: Double, key: Key, location: SourceLocation) {
        self.percent = percent
        self.key = key
        self.location = location
    }
}
