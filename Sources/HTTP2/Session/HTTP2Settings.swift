/// What one side of an HTTP/2 connection allows the other. The configuration names each; the defaults are here.
public struct HTTP2Settings: Sendable, Hashable {
    /// Streams that the peer may have open at once (RFC 9113 §5.1.2).
    public var maxConcurrentStreams = 100
    /// Body bytes that one stream may have under way before the owner consumes them (RFC 9113 §6.9.2).
    public var initialWindow = 256 << 10
    /// Body bytes that all streams together may have under way. Streams whose owner does not consume hold at most
    /// `initialWindow` each; the others go on as long as their sum stays below this.
    public var connectionWindow = 1 << 20
    /// Bytes in one frame's payload, 16,384 to 16,777,215.
    public var maxFrameSize = 16 << 10
    /// Advertises extended CONNECT (RFC 8441) to clients.
    public var enableConnectProtocol = false

    /// Streams that a client may reset, or have reset by its errors, before their response: so many at once …
    public var resetBurst = 200
    /// … and so many more each second. One more for each exchange that ends well. Beyond it the connection ends with
    /// `ENHANCE_YOUR_CALM` ("rapid reset", CVE-2023-44487).
    public var resetsPerSecond = 50
    /// Frames that carry no part of a message (SETTINGS, PING, PRIORITY, WINDOW_UPDATE, empty DATA, CONTINUATION, unknown
    /// ones and those for closed streams): so many at once …
    public var controlBurst = 1000
    /// … and so many more each second. Useful work earns more. Beyond it the connection ends with `ENHANCE_YOUR_CALM`.
    public var controlPerSecond = 200
    /// CONTINUATION frames in one field block (CVE-2024-27316).
    public var maxContinuations = 64

    public init() {}
}
