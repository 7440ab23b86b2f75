internal import HTTPModel

/// What RFC 9113 §8.2 asks of any field line, request, response or trailers.
enum FieldCheck {
    /// A field name in lower case: a token without capitals. A name with an id is a token, but for its case.
    static func isName(_ name: Span<UInt8>, _ id: FieldID) -> Bool {
        // No way out of the loop, so that it takes many bytes at a time.
        var capitals: UInt8 = 0
        for index in name.indices { capitals |= name[index] &- 0x41 < 26 ? 1 : 0 }
        return capitals == 0 && (id != .unknown || Fields.isName(name))
    }

    /// A value without controls, and without blanks at its ends.
    static func isValue(_ value: Span<UInt8>) -> Bool {
        var controls: UInt8 = 0
        for index in value.indices { controls |= Octet.isFieldValue(value[index]) ? 0 : 1 }
        return controls == 0 && (value.isEmpty || !Octet.isBlank(value[0]) && !Octet.isBlank(value[value.count - 1]))
    }

    /// A field that belongs to an HTTP/1 connection and makes a message malformed (RFC 9113 §8.2.2); `TE` is judged by value.
    static func isConnectionSpecific(_ id: FieldID) -> Bool {
        switch id {
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade: true
        default: false
        }
    }

    /// The number of a `Content-Length`: digits only, or nil.
    static func length(_ value: Span<UInt8>) -> Int? {
        guard !value.isEmpty, value.count <= 18 else { return nil }
        var length = 0
        for index in value.indices {
            guard Octet.isDigit(value[index]) else { return nil }
            length = length &* 10 &+ Int(value[index] &- 0x30)
        }
        return length
    }
}
