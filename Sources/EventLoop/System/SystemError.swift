import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A failed call to the system or to libuv.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The `errno` value; for a failed name look-up, libuv's own negative number.
    public let code: Int32
    /// The call that failed: `connect`, `bind` …
    public let call: String

    public init(_ code: Int32, _ call: String) {
        self.code = code
        self.call = call
    }

    /// Takes a status that libuv returned: a negated `errno`, or a code of its own.
    init(uv status: CInt, _ call: String) {
        // Codes below this are libuv's own; the system's are small.
        self.init(status < 0 && status > -3000 ? -status : status, call)
    }

    /// Takes what `getaddrinfo` returned just now.
    init(lookup status: CInt) {
        let code: CInt =
            switch status {
            case EAI_SYSTEM: errno
            case EAI_AGAIN: CInt(UV_EAI_AGAIN.rawValue)
            case EAI_MEMORY: CInt(UV_EAI_MEMORY.rawValue)
            case EAI_FAIL: CInt(UV_EAI_FAIL.rawValue)
            default: CInt(UV_EAI_NONAME.rawValue)
            }
        self.init(code, "getaddrinfo")
    }

    /// The last error of this thread.
    static func last(_ call: String) -> SystemError { SystemError(errno, call) }

    /// Whether this process or the whole system is out of descriptors.
    public var isOutOfDescriptors: Bool { code == EMFILE || code == ENFILE }

    /// Whether the system is out of memory for sockets.
    public var isOutOfMemory: Bool { code == ENOMEM || code == ENOBUFS }

    public var description: String { "\(call): \(text)" }

    /// The system's text for the error: `Connection refused`.
    public var text: String {
        // The text of an error number is static or belongs to this thread.
        if code > 0 { return unsafe String(cString: strerror(code)) }
        var bytes = [CChar](repeating: 0, count: 128)
        // The text is written into the array, whose size the call knows.
        _ = unsafe uv_strerror_r(code, &bytes, bytes.count)
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The error that there are no descriptors left.
    public static var noDescriptors: SystemError { SystemError(EMFILE, "socket") }
    /// The error that the peer has ended the connection.
    public static var closedByPeer: SystemError { SystemError(ECONNRESET, "socket") }
    /// The error that the peer did not answer in time.
    public static var timedOut: SystemError { SystemError(ETIMEDOUT, "connect") }
    /// The error that another process listens on the address.
    public static var addressInUse: SystemError { SystemError(EADDRINUSE, "bind") }
    /// The error that a name has no address.
    public static var addressUnknown: SystemError { SystemError(CInt(UV_EAI_NONAME.rawValue), "getaddrinfo") }
    public var isAddressInUse: Bool { code == EADDRINUSE }
    public var isTimeout: Bool { code == ETIMEDOUT }
    public var isMissing: Bool { code == ENOENT }
    public var isForbidden: Bool { code == EACCES }
    public var isNoAddressHere: Bool { code == EADDRNOTAVAIL }
    public var isNoSocket: Bool { code == ENOTSOCK }
}
