import COpenSSL

/// The buffers of one call to a session: received bytes in, bytes to send out.
///
/// Each loop has one. A session uses it for the length of a call, and holds no buffer of its own while idle.
@safe public final class Workspace {
    /// Bytes to send to the peer; the caller empties this after sending them.
    public var output: [UInt8] = []
    /// The decrypted bytes of the last call.
    let plain: UnsafeMutablePointer<UInt8>
    public internal(set) var plainCount = 0
    var input: UnsafePointer<UInt8>?
    var inputCount = 0

    /// The most bytes that a session may be given in one call.
    public static let inputLimit = 256 << 10
    /// The most bytes that one call decrypts: what arrives may complete a record that had begun before.
    static let plainSize = inputLimit + (32 << 10)

    public init() { unsafe plain = .allocate(capacity: Self.plainSize) }

    deinit { unsafe plain.deallocate() }

    /// The decrypted bytes of the last call.
    public var plainBytes: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get {
            // The last call has written this many bytes.
            unsafe _overrideLifetime(Span(_unsafeStart: UnsafePointer(plain), count: plainCount), borrowing: self)
        }
    }

    /// The workspace that a session uses in the current call.
    static func of(_ session: OpaquePointer) -> Workspace? {
        guard let place = unsafe BIO_get_data(SSL_get_rbio(session)) else { return nil }
        return unsafe Unmanaged<Workspace>.fromOpaque(place).takeUnretainedValue()
    }

    /// Takes back what was lent and has not been read.
    func dropInput() { inputCount = 0 }

    /// Lends bytes to OpenSSL for the length of a call; returns how many it has left.
    func lend(_ bytes: UnsafeBufferPointer<UInt8>, _ call: () -> Void) -> Int {
        unsafe input = bytes.baseAddress
        inputCount = bytes.count
        call()
        unsafe input = nil
        defer { inputCount = 0 }
        return inputCount
    }
}
