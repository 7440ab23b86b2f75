internal import CNghttp2
internal import HTTPModel

/// The lines of an outgoing message in nghttp2's form: pointers to names and values, which stay in place as long as their owner
/// is borrowed. The caller must fill this and submit it within that borrow; the type is safe only on that condition.
@safe struct FieldLines {
    private(set) var entries: [nghttp2_nv] = unsafe []

    var isEmpty: Bool { unsafe entries.isEmpty }

    mutating func removeAll() { unsafe entries.removeAll(keepingCapacity: true) }

    /// Appends a line that nghttp2 copies when it is submitted.
    mutating func append(name: Span<UInt8>, value: Span<UInt8>) {
        // The pointers leave the closures, but not the borrow of the array behind the spans.
        let nameStart = unsafe name.withUnsafeBufferPointer { $0.baseAddress }
        let valueStart = unsafe value.withUnsafeBufferPointer { $0.baseAddress }
        unsafe entries.append(Self.entry(nameStart, name.count, valueStart, value.count, NGHTTP2_NV_FLAG_NONE))
    }

    /// Appends all fields except those that belong to an HTTP/1 connection (RFC 9113 §8.2.2). The header stage has removed those,
    /// and this makes sure of it.
    ///
    /// - Parameter isKept: whether the fields stay as they are until the message is framed, and have names in lower case. Otherwise
    ///   nghttp2 copies them when they are submitted.
    mutating func append(_ fields: borrowing Fields, except omitted: FieldID = .unknown, isKept: Bool) {
        let bytes = fields.allBytes
        // As above, the pointer is only used within the borrow, or the owner keeps the fields.
        guard let start = unsafe bytes.withUnsafeBufferPointer({ $0.baseAddress }) else { return }
        let owner = isKept ? NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue : 0
        let (indices, end) = (fields.indices, bytes.count)
        unsafe entries.append(addingCapacity: indices.count) { output in
            for index in indices {
                let id = fields.id(at: index)
                if FieldCheck.isConnectionSpecific(id) || id == .http2Settings { continue }
                if id == omitted, id != .unknown { continue }
                // The value of a request id differs in each message, so it would only take the place of recurring lines in the
                // table of sent fields (RFC 7541 §6.2.2).
                let flags = nghttp2_nv_flag(id == .xRequestID ? owner | NGHTTP2_NV_FLAG_NO_INDEX.rawValue : owner)
                let (name, value) = fields.place(at: index)
                // A value follows its name, so both are among the bytes if its end is.
                guard name.lowerBound >= 0, value.upperBound <= end else { continue }
                unsafe output.append(
                    Self.entry(start + name.lowerBound, name.count, start + value.lowerBound, value.count, flags))
            }
        }
    }

    private static func entry(
        _ name: UnsafePointer<UInt8>?, _ nameCount: Int, _ value: UnsafePointer<UInt8>?, _ valueCount: Int,
        _ flags: nghttp2_nv_flag
    ) -> nghttp2_nv {
        // nghttp2 does not write to them.
        unsafe nghttp2_nv(
            name: UnsafeMutablePointer(mutating: name), value: UnsafeMutablePointer(mutating: value), namelen: nameCount,
            valuelen: valueCount, flags: UInt8(flags.rawValue))
    }
}
