extension Letterhead {
    /// The only place where it stands; `make release VERSION=…` writes it.
    static let version = "0.1.0"
}
