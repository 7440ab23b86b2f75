/// The limits that one side of an HTTP/2 connection sets for the other. Each can be configured; the defaults are here.
public struct HTTP2Settings: Sendable, Hashable {
    /// The most streams that the peer may have open at once (RFC 9113 §5.1.2).
    public var maxConcurrentStreams = 100
    /// The most body bytes of one stream that may be on their way before the owner consumes them (RFC 9113 §6.9.2).
    public var initialWindow = 256 << 10
    /// The most body bytes of all streams together that may be on their way. Streams whose owner does not consume hold at most
    /// `initialWindow` each; the others go on as long as the sum stays below this.
    public var connectionWindow = 1 << 20
    /// The most bytes in one frame's payload, from 16,384 to 16,777,215.
    public var maxFrameSize = 16 << 10
    /// Whether extended CONNECT (RFC 8441) is advertised to clients.
    public var enableConnectProtocol = false

    /// The number of streams without a response that a client may reset at once, itself or by its errors.
    public var resetBurst = 200
    /// The number of such resets per second beyond that. Each exchange that ends well allows one more. After that, the connection
    /// ends with `ENHANCE_YOUR_CALM` ("rapid reset", CVE-2023-44487).
    public var resetsPerSecond = 50
    /// The number of frames that may come at once without a part of a message: SETTINGS, PING, PRIORITY, WINDOW_UPDATE, empty
    /// DATA, CONTINUATION, unknown ones and those for closed streams.
    public var controlBurst = 1000
    /// The number of such frames per second beyond that. Useful work allows more. After that, the connection ends with
    /// `ENHANCE_YOUR_CALM`.
    public var controlPerSecond = 200
    /// The most CONTINUATION frames in one field block (CVE-2024-27316).
    public var maxContinuations = 64

    public init() {}
}
