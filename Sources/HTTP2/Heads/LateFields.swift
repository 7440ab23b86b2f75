internal import CNghttp2
internal import HTTPModel

/// Decodes the part of a field block after a literal that is far too long, to find the few fields on which the response depends.
///
/// It does not know the fields in the dynamic table of the connection's own decoder. A literal this long has usually evicted them
/// (RFC 7541 §4.4); if one is referred to all the same, decoding ends.
///
/// The class is safe although it holds a pointer: the decoder is made and freed with the object, and only used in calls made
/// here.
@safe final class LateFields {
    /// The most bytes that are searched; fields after them are not found.
    static let limit = 1 << 20

    let stream: StreamState
    /// The number of bytes read from the block, including skipped literals.
    var read = 0
    private let inflater: OpaquePointer

    /// Nil when there is no memory.
    init?(of stream: StreamState) {
        var made: OpaquePointer?
        guard unsafe nghttp2_hd_inflate_new(&made) == 0, let made = unsafe made else { return nil }
        self.stream = stream
        unsafe inflater = made
    }

    deinit {
        unsafe nghttp2_hd_inflate_del(inflater)
    }

    /// Decodes the next bytes of the block. False if that is impossible.
    func decode(_ fragment: Span<UInt8>, _ take: (_ name: Span<UInt8>, _ value: Span<UInt8>) -> Void) -> Bool {
        var left = fragment
        while !left.isEmpty {
            var field = unsafe nghttp2_nv()
            var flags: Int32 = 0
            // The input is valid for the length of the call, and the decoded field until the next call.
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
