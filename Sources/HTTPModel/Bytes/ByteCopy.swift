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

    /// Copies elements over those from `start` on; nothing if they do not fit.
    @inlinable
    @inline(__always)
    static func copy<Element: BitwiseCopyable>(_ bytes: Span<Element>, to target: inout MutableSpan<Element>, at start: Int) {
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

    /// Writes eight bytes, the first of which is the lowest of a word; nothing if they do not fit.
    @inlinable
    @inline(__always)
    static func store(_ word: UInt64, to target: inout MutableSpan<UInt8>, at start: Int) {
        guard start >= 0, start <= target.count, target.count &- start >= 8 else { return }
        // This is unsafe only for elements that not every byte makes valid.
        var bytes = unsafe target.mutableBytes
        bytes.storeBytes(of: word.littleEndian, toByteOffset: start, as: UInt64.self)
    }
}
