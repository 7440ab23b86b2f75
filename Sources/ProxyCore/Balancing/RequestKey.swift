public import HTTPModel
public import HeaderPolicy

/// The part of a request that is hashed, found without allocating.
public struct RequestKey: Sendable {
    private enum Source: Sendable {
        case clientIP
        case field(FieldID)
        case cookie([UInt8])
    }

    private let source: Source

    /// - Parameter names: the names that the parsers know, including that of the field.
    public init(_ key: Balance.Key, names: FieldNames) {
        switch key {
        case .clientIP: source = .clientIP
        case .field(let name): source = .field(names.id(of: name.utf8.span))
        case .cookie(let name): source = .cookie(Array(name.utf8))
        }
    }

    /// Returns the hash of the key; nil when the request does not have it.
    public func hash(of facts: borrowing ExchangeFacts) -> UInt64? {
        switch source {
        case .clientIP: return ConsistentHash.of(facts.clientIP)
        case .field(let id):
            guard let line = facts.request.fields.firstIndex(of: id) else { return nil }
            let value = facts.request.fields.value(at: line)
            return value.isEmpty ? nil : ConsistentHash.of(value)
        case .cookie(let name):
            var start = 0
            while let line = facts.request.fields.firstIndex(of: .cookie, from: start) {
                if let hash = Self.hash(ofCookie: name.span, in: facts.request.fields.value(at: line)) { return hash }
                start = line + 1
            }
            return nil
        }
    }

    /// Returns the hash of the first cookie with that name (RFC 6265 §4.2).
    private static func hash(ofCookie name: Span<UInt8>, in line: Span<UInt8>) -> UInt64? {
        var start = 0
        while start < line.count {
            var end = start
            while end < line.count, line[end] != 0x3B { end += 1 }
            let pair = line.extracting(line.trimmingBlanks(start..<end))
            if pair.count > name.count, pair[name.count] == 0x3D, pair.extracting(first: name.count).equals(name) {
                let value = pair.extracting(droppingFirst: name.count + 1)
                return value.isEmpty ? nil : ConsistentHash.of(value)
            }
            start = end + 1
        }
        return nil
    }
}
