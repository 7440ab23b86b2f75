import HTTPModel
import HeaderPolicy

/// Logs which part of a request browsers take as refused, and what was asked for.
extension AccessLogLine {
    /// The text before each value, in each form of the log.
    struct PreflightKeys {
        var refused: String
        var origin: String
        var method: String
        var fields: String

        static let json = PreflightKeys(
            refused: #","refused":""#, origin: #","origin":""#, method: #","requested_method":""#,
            fields: #","requested_headers":""#)
        static let ecs = PreflightKeys(
            refused: #","letterhead.refused":""#, origin: #","letterhead.origin":""#,
            method: #","letterhead.requested_method":""#, fields: #","letterhead.requested_headers":""#)
        static let text = PreflightKeys(
            refused: #" refused=""#, origin: #" origin=""#, method: #" requested_method=""#, fields: #" requested_headers=""#)
    }

    static func append(
        _ refusal: PreflightRefusal, of facts: borrowing ExchangeFacts, _ keys: PreflightKeys, to output: inout [UInt8],
        escaping: (Span<UInt8>, inout [UInt8]) -> Void
    ) {
        output.append(text: keys.refused)
        output.append(text: refusal.part.rawValue)
        if refusal.part == .field, refusal.line < facts.request.fields.count {
            let names = facts.request.fields.value(at: refusal.line)
            output.append(0x20)
            if refusal.range.upperBound <= names.count { escaping(names.extracting(refusal.range), &output) }
        }
        output.append(0x22)
        append(.origin, of: facts.request.fields, keys.origin, to: &output, escaping)
        append(.accessControlRequestMethod, of: facts.request.fields, keys.method, to: &output, escaping)
        append(.accessControlRequestHeaders, of: facts.request.fields, keys.fields, to: &output, escaping)
    }

    /// All lines of a field as one list.
    private static func append(
        _ id: FieldID, of fields: borrowing Fields, _ key: String, to output: inout [UInt8],
        _ escaping: (Span<UInt8>, inout [UInt8]) -> Void
    ) {
        guard let first = fields.firstIndex(of: id) else { return }
        output.append(text: key)
        var next: Int? = first
        while let line = next {
            if line != first { output.append(text: ", ") }
            fields.value(at: line).forEachRedactedPart(.text) { escaping($0, &output) }
            next = fields.firstIndex(of: id, from: line &+ 1)
        }
        output.append(0x22)
    }
}
