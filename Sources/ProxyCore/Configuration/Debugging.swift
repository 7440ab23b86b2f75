public import HTTPModel
public import HeaderPolicy

/// `debug:` — whose responses say which rules touched them. Whatever is given has to hold: the secret, the address, or both.
public struct DebugPolicy: Sendable {
    /// The request field that carries the secret.
    public var header = "Letterhead-Debug"
    /// Nil asks for none.
    public var secret: [UInt8]?
    /// The client's address is in one of these; empty asks for none.
    public var allowFrom: [CIDR] = []
    public var location: SourceLocation

    /// A secret that can be guessed is none; in bytes.
    public static let shortestSecret = 16

    public init(location: SourceLocation) { self.location = location }
}

/// `inspector:` — which exchanges the page on the admin listener shows.
public struct InspectorPolicy: Sendable {
    /// How many are kept.
    public var entries = 200
    /// Which share of the exchanges is looked at, 0 to 1.
    public var sample = 1.0
    /// Exchanges a second that each event loop looks at; the rest passes unseen.
    public var rate = 50
    /// Fields whose values are not kept, beside `Authorization`, `Cookie` and their like.
    public var redact: [Located<String>] = []
    public var location: SourceLocation

    public init(location: SourceLocation) { self.location = location }
}
