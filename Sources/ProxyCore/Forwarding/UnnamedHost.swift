extension Forwarding {
    /// The host that an app is asked for where the client names none, as HTTP/1.0 lets it. HTTP/1.1 asks for a `Host`, and many
    /// apps refuse an empty one.
    public static let unnamedHost = Array("localhost".utf8)
}
