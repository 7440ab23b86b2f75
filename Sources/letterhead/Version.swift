extension Letterhead {
    /// The version, which is only defined here; `make release VERSION=…` writes it.
    static let version = "0.1.0"
}
