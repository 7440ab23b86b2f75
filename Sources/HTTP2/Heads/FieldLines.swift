internal import CNghttp2
internal import HTTPModel

/// The lines of an outgoing message in nghttp2's form: pointers to names and values, which stay in place as long as their owner
/// is borrowed. The caller must fill this and submit it within that borrow; the type is safe only on that condition. nghttp2
/// copies everything, and lowercases the names.
@safe struct FieldLines {
    private(set) var entries: [nghttp2_nv] = unsafe []

    var isEmpty: Bool { unsafe entries.isEmpty }

    mutating func removeAll() { unsafe entries.removeAll(keepingCapacity: true) }

    /// - Parameter isFresh: the value differs in each message, so it would only take the place of recurring lines in the table of
    ///   sent fields (RFC 7541 §6.2.2).
    mutating func append(name: Span<UInt8>, value: Span<UInt8>, isFresh: Bool = false) {
        // The pointers leave the closures, but not the borrow of the array behind the spans. nghttp2 does not write to them.
        let nameStart = unsafe name.withUnsafeBufferPointer { $0.baseAddress }
        let valueStart = unsafe value.withUnsafeBufferPointer { $0.baseAddress }
        unsafe entries.append(
            nghttp2_nv(
                name: UnsafeMutablePointer(mutating: nameStart), value: UnsafeMutablePointer(mutating: valueStart),
                namelen: name.count, valuelen: value.count,
                flags: UInt8((isFresh ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE).rawValue)))
    }

    /// Appends all fields except those that belong to an HTTP/1 connection (RFC 9113 §8.2.2). The header stage has removed those,
    /// and this makes sure of it.
    mutating func append(_ fields: borrowing Fields, except omitted: FieldID = .unknown) {
        for index in fields.indices {
            let id = fields.id(at: index)
            if FieldCheck.isConnectionSpecific(id) || id == .http2Settings { continue }
            if id == omitted, id != .unknown { continue }
            append(name: fields.name(at: index), value: fields.value(at: index), isFresh: id == .xRequestID)
        }
    }
}
