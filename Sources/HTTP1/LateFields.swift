import HTTPModel

/// Looks through what is left of a head that is too long for the few fields on which the answer depends. Nothing else of it is
/// kept, and nothing is judged: the request is refused already.
struct LateFields: Sendable {
    /// So many bytes are looked through; what stands behind them is not found.
    static var limit: Int { 1 << 20 }
    /// Longer lines are none of those that are looked for.
    private static var lineLimit: Int { 1 << 10 }

    /// The start of the current line.
    private var line: [UInt8] = []
    private var isTooLong = false
    private var read = 0

    /// Reads on; true when the head has ended, or no more of it is read.
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
            line.removeAll(keepingCapacity: true)
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
        guard Self.isWanted(id), fields.firstIndex(of: id) == nil || id == .origin || id == .host else { return }
        let value = text.extracting(text.trimmingBlanks(end &+ 1..<text.count))
        if Fields.isValue(value) { fields.append(id, name: text.extracting(first: end), value: value) }
    }

    private static let accept = FieldNames.standard.id(of: "Accept".utf8.span)

    /// By `Origin` and the preflight's fields `cors` answers, by `Host` the route is found, by `Accept` the form of the error.
    private static func isWanted(_ id: FieldID) -> Bool {
        switch id {
        case .origin, .host, accept, .accessControlRequestMethod, .accessControlRequestHeaders: true
        default: false
        }
    }
}
