/// The only place in this module that copies bytes without a check for each: copying is a tenth of an exchange, and the compiler
/// does not turn a loop over a span into one copy.
@usableFromInline
enum ByteCopy {
    /// Appends the bytes of a span, as far as there is room. The caller must have reserved it.
    @inlinable
    @inline(__always)
    static func append(_ bytes: Span<UInt8>, to output: inout OutputSpan<UInt8>) {
        let count = min(bytes.count, output.freeCapacity)
        guard count > 0 else { return }
        unsafe output.withUnsafeMutableBufferPointer { target, initialized in
            unsafe bytes.withUnsafeBufferPointer { source in
                guard let from = source.baseAddress, let start = target.baseAddress else { return }
                // The source has this many bytes, and the target room for them after its initialized ones: both were checked
                // above.
                unsafe (start + initialized).initialize(from: from, count: count)
            }
            initialized &+= count
        }
    }

    /// Copies bytes over those from `start` on; nothing if they do not fit.
    @inlinable
    @inline(__always)
    static func copy(_ bytes: Span<UInt8>, to target: inout MutableSpan<UInt8>, at start: Int) {
        let count = bytes.count
        guard count > 0, start >= 0, start <= target.count, target.count &- start >= count else { return }
        unsafe target.withUnsafeMutableBufferPointer { target in
            unsafe bytes.withUnsafeBufferPointer { source in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                // Both have this many bytes, as was checked above. They do not overlap, because nobody else can read what is being
                // written. (`update` would check that.)
                unsafe (to + start).initialize(from: from, count: count)
            }
        }
    }
}
