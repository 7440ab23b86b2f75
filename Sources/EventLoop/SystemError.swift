import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A call to the system, or to libuv, that failed.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// As `errno` has it; of a name look-up, libuv's own negative number.
    public let code: Int32
    /// What was tried: `connect`, `bind` …
    public let call: String

    public init(_ code: Int32, _ call: String) {
        self.code = code
        self.call = call
    }

    /// What libuv returned: an `errno` with its sign turned, or a code of its own.
    init(uv status: CInt, _ call: String) {
        // Codes below this are libuv's own; the system's are small.
        self.init(status < 0 && status > -3000 ? -status : status, call)
    }

    /// The last error of this thread.
    static func last(_ call: String) -> SystemError { SystemError(errno, call) }

    /// Out of descriptors, this process or the whole system.
    public var isOutOfDescriptors: Bool { code == EMFILE || code == ENFILE }

    /// Out of memory for sockets.
    public var isOutOfMemory: Bool { code == ENOMEM || code == ENOBUFS }

    public var description: String { "\(call): \(text)" }

    /// What the system calls the error: `connection refused`.
    public var text: String {
        var bytes = [CChar](repeating: 0, count: 128)
        // The text is written into the array, of whose size it is told.
        _ = unsafe uv_strerror_r(code > 0 ? uv_translate_sys_error(code) : code, &bytes, bytes.count)
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
