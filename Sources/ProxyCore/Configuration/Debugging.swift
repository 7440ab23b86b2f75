public import HTTPModel
public import HeaderPolicy

/// `debug:` — the clients whose responses say which rules touched them. All given conditions have to hold: the secret, the
/// address, or both.
public struct DebugPolicy: Sendable {
    /// The request field that carries the secret.
    public var header = "Letterhead-Debug"
    /// The secret; nil asks for none.
    public var secret: [UInt8]?
    /// The blocks that the client's address must be in; empty allows every address.
    public var allowFrom: [CIDR] = []
    public var location: SourceLocation

    /// The shortest secret in bytes; a shorter one could be guessed.
    public static let shortestSecret = 16

    public init(location: SourceLocation) { self.location = location }
}

/// `inspector:` — the exchanges that the page on the admin listener shows.
public struct InspectorPolicy: Sendable {
    /// The number of exchanges that are kept.
    public var entries = 200
    /// The share of exchanges that are looked at, 0 to 1.
    public var sample = 1.0
    /// The number of exchanges per second that each event loop looks at; the rest passes unseen.
    public var rate = 50
    /// Fields whose values are not kept, besides `Authorization`, `Cookie` and similar ones.
    public var redact: [Located<String>] = []
    public var location: SourceLocation

    public init(location: SourceLocation) { self.location = location }
}
