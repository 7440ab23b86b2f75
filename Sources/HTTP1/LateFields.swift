import HTTPModel

/// Searches the rest of a head that has failed for the few fields on which the response depends. Nothing else is kept or checked,
/// because the request has already been refused.
struct LateFields: Sendable {
    /// The most bytes that are searched; fields after them are not found.
    static var limit: Int { 1 << 20 }
    /// The longest line that is considered; the fields that are searched for are shorter.
    private static var lineLimit: Int { 1 << 10 }

    /// The start of the current line.
    private var line: [UInt8] = []
    private var isTooLong = false
    private var read = 0

    /// Reads more of the head; true when the head has ended, or when no more of it is read.
    mutating func read(_ input: Span<UInt8>, into fields: inout Fields, names: borrowing FieldNames) -> Bool {
        for index in input.indices {
            let byte = input[index]
            guard byte == 0x0A else {
                if line.count < Self.lineLimit { line.append(byte) } else { isTooLong = true }
                continue
            }
            if line.last == 0x0D, !isTooLong { line.removeLast() }
            if line.isEmpty { return true }
            if !isTooLong { take(&fields, names) }
            line.clear()
            isTooLong = false
        }
        read &+= input.count
        return read > Self.limit
    }

    private func take(_ fields: inout Fields, _ names: borrowing FieldNames) {
        let text = line.span
        let end = text.countOfToken()
        guard end < text.count, text[end] == 0x3A else { return }
        let id = names.id(of: text.extracting(first: end))
        guard Self.isWanted(id), fields.hasRoom(forLate: id) else { return }
        let value = text.extracting(text.trimmingBlanks(end &+ 1..<text.count))
        if Fields.isValue(value) { fields.append(id, name: text.extracting(first: end), value: value) }
    }

    private static let accept = FieldNames.standard.id(of: "Accept".utf8.span)

    /// Whether a field is needed: `cors` answers by `Origin` and the preflight's fields, `Host` selects the route, and `Accept`
    /// the form of the error.
    private static func isWanted(_ id: FieldID) -> Bool {
        switch id {
        case .origin, .host, accept, .accessControlRequestMethod, .accessControlRequestHeaders: true
        default: false
        }
    }
}
