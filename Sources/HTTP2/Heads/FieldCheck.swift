internal import HTTPModel

/// The requirements of RFC 9113 §8.2 for any field line: in requests, responses and trailers.
enum FieldCheck {
    /// Whether a name is a token without capitals. A name with an ID is a token, apart from its case.
    static func isName(_ name: Span<UInt8>, _ id: FieldID) -> Bool {
        // The loop has no early exit, so that it can take many bytes at a time.
        var capitals: UInt8 = 0
        for index in name.indices { capitals |= name[index] &- 0x41 < 26 ? 1 : 0 }
        return capitals == 0 && (id != .unknown || Fields.isName(name))
    }

    /// Whether a value has no controls, and no blanks at its ends.
    static func isValue(_ value: Span<UInt8>) -> Bool {
        Fields.isValue(value) && (value.isEmpty || !Octet.isBlank(value[0]) && !Octet.isBlank(value[value.count - 1]))
    }

    /// Whether a field belongs to an HTTP/1 connection, which makes a message malformed (RFC 9113 §8.2.2). `TE` is judged by its
    /// value.
    static func isConnectionSpecific(_ id: FieldID) -> Bool {
        switch id {
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade: true
        default: false
        }
    }
}
