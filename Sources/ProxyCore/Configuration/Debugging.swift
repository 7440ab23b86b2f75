package import HTTPModel
package import HeaderPolicy

/// `debug:` — the clients whose responses say which rules touched them. All given conditions have to hold: the secret, the
/// address, or both.
package struct DebugPolicy: Sendable {
    /// The request field that carries the secret.
    package var header = "Letterhead-Debug"
    /// The secret; nil asks for none.
    package var secret: [UInt8]?
    /// The blocks that the client's address must be in; empty allows every address.
    package var allowFrom: [CIDR] = []
    package var location: SourceLocation

    /// The shortest secret in bytes; a shorter one could be guessed.
    package static let shortestSecret = 16

    package init(location: SourceLocation) { self.location = location }
}

/// `inspector:` — the exchanges that the page on the admin listener shows.
package struct InspectorPolicy: Sendable {
    /// The number of exchanges that are kept.
    package var entries = 200
    /// The share of exchanges that are looked at, 0 to 1.
    package var sample = 1.0
    /// The number of exchanges per second that each event loop looks at; the rest passes unseen.
    package var rate = 50
    /// Fields whose values are not kept, besides `Authorization`, `Cookie` and similar ones.
    package var redact: [Located<String>] = []
    package var location: SourceLocation

    package init(location: SourceLocation) { self.location = location }
}
