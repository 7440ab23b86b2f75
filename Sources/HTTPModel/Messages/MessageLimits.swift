/// The limits for one message head. Each can be configured (`limits`); the defaults are here.
public struct MessageLimits: Sendable, Hashable {
    /// The most bytes of the request target; beyond it 414.
    public var target = 16 << 10
    /// The most bytes of all header lines together; beyond it 431 (502 from an upstream).
    public var headerBytes = 64 << 10
    /// The most header lines; beyond it 431 (502 from an upstream).
    public var headerCount = 256
    /// The most bytes of chunk extensions in one body; beyond it 400.
    public var chunkExtensions = 4 << 10
    /// The most bytes of all trailer lines together; beyond it 431.
    public var trailerBytes = 8 << 10

    public init() {}
}
