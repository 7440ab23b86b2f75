package import HTTPModel
package import HeaderPolicy

/// `debug:` — whose responses say which rules touched them. Whatever is given has to hold: the secret, the address, or both.
package struct DebugPolicy: Sendable {
    /// The request field that carries the secret.
    package var header = "Letterhead-Debug"
    /// Nil asks for none.
    package var secret: [UInt8]?
    /// The client's address is in one of these; empty asks for none.
    package var allowFrom: [CIDR] = []
    package var location: SourceLocation

    /// A secret that can be guessed is none; in bytes.
    package static let shortestSecret = 16

    package init(location: SourceLocation) { self.location = location }
}

/// `inspector:` — which exchanges the page on the admin listener shows.
package struct InspectorPolicy: Sendable {
    /// How many are kept.
    package var entries = 200
    /// Which share of the exchanges is looked at, 0 to 1.
    package var sample = 1.0
    /// Exchanges a second that each event loop looks at; the rest passes unseen.
    package var rate = 50
    /// Fields whose values are not kept, beside `Authorization`, `Cookie` and their like.
    package var redact: [Located<String>] = []
    package var location: SourceLocation

    package init(location: SourceLocation) { self.location = location }
}
