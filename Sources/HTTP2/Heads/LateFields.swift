internal import CNghttp2
internal import HTTPModel

/// Decodes what stands in a field block behind a literal that is far too long, for the few fields on which the answer depends.
///
/// It knows nothing of the fields that the connection's own decoder remembers. Such a literal has mostly thrown them out (RFC 7541
/// §4.4); where one is spoken of all the same, the reading ends.
///
/// Safe, though it holds a pointer: that is made and freed with the object, and used only in calls made here.
@safe final class LateFields {
    /// So many bytes are looked through; what stands behind them is not found.
    static let limit = 1 << 20

    let stream: StreamState
    /// Bytes of the block, literals that are thrown away included.
    var read = 0
    private let inflater: OpaquePointer

    /// Nil where there is no memory.
    init?(of stream: StreamState) {
        var made: OpaquePointer?
        guard unsafe nghttp2_hd_inflate_new(&made) == 0, let made = unsafe made else { return nil }
        self.stream = stream
        unsafe inflater = made
    }

    deinit {
        unsafe nghttp2_hd_inflate_del(inflater)
    }

    /// Decodes the next bytes of the block. False where they cannot be.
    func decode(_ fragment: Span<UInt8>, _ take: (_ name: Span<UInt8>, _ value: Span<UInt8>) -> Void) -> Bool {
        var left = fragment
        while !left.isEmpty {
            var field = unsafe nghttp2_nv()
            var flags: Int32 = 0
            // The input is valid for the length of the call, and what it gives until the next.
            let count = unsafe left.withUnsafeBufferPointer { buffer in
                unsafe nghttp2_hd_inflate_hd2(inflater, &field, &flags, buffer.baseAddress, buffer.count, 0)
            }
            guard count >= 0, count <= left.count else { return false }
            if flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) != 0 {
                unsafe take(
                    UnsafeBufferPointer(start: field.name, count: field.namelen).span,
                    UnsafeBufferPointer(start: field.value, count: field.valuelen).span)
            } else if count == 0 {
                return false
            }
            left = left.extracting(droppingFirst: count)
        }
        return true
    }
}
