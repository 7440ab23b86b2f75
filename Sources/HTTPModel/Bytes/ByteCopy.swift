/// The one place of this module that copies bytes without a check for each of them: a tenth of an exchange is copying, and the compiler
/// does not make one copy of a loop over a span.
@usableFromInline
enum ByteCopy {
    /// Appends the bytes of a span, as far as there is room: whoever calls has made it.
    @inlinable
    static func append(_ bytes: Span<UInt8>, to output: inout OutputSpan<UInt8>) {
        let count = min(bytes.count, output.freeCapacity)
        guard count > 0 else { return }
        unsafe output.withUnsafeMutableBufferPointer { target, initialized in
            unsafe bytes.withUnsafeBufferPointer { source in
                guard let from = source.baseAddress, let start = target.baseAddress else { return }
                // So many bytes are there, and so many have room behind those that are initialized: both were looked at above.
                unsafe (start + initialized).initialize(from: from, count: count)
            }
            initialized &+= count
        }
    }
}
