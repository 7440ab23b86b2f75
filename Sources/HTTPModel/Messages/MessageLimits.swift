/// What one message head may take. The configuration names each (`limits`); the defaults are here.
public struct MessageLimits: Sendable, Hashable {
    /// Bytes of request target; beyond it 414.
    public var target = 16 << 10
    /// Bytes of all header lines together; beyond it 431 (502 from an upstream).
    public var headerBytes = 64 << 10
    /// Number of header lines; beyond it 431 (502 from an upstream).
    public var headerCount = 256
    /// Bytes of chunk extensions in one body; beyond it 400.
    public var chunkExtensions = 4 << 10
    /// Bytes of all trailer lines together; beyond it 431.
    public var trailerBytes = 8 << 10

    public init() {}
}
