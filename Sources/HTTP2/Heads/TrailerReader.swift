internal import HTTPModel

/// Builds a list of fields from the block after a body (RFC 9113 §8.1, RFC 9110 §6.5).
struct TrailerReader {
    var fields = Fields()
    /// The fault that was found; nil if there is none.
    private(set) var fault: ResponseFault?
    /// The names of fields that were left out because they may only stand in a header.
    private(set) var dropped: [String] = []
    private var size = 0

    mutating func begin() {
        fields.removeAll()
        fault = nil
        dropped = []
        size = 0
    }

    mutating func add(name: Span<UInt8>, value: Span<UInt8>, names: FieldNames, limit: Int) {
        guard fault == nil else { return }
        size = size &+ name.count &+ value.count &+ 4
        guard size <= limit else { return fault = .trailersTooLarge }
        let id = names.id(of: name)
        // Pseudo-fields fail the check of names.
        guard FieldCheck.isName(name, id) else { return fault = .badFieldName }
        guard FieldCheck.isValue(value) else { return fault = .badFieldValue }
        guard !FieldCheck.isConnectionSpecific(id) else { return fault = .connectionSpecificField }
        // Framing fields after the body can only mislead a later reader.
        guard !TrailerRules.isFraming(id) else { return fault = .forbiddenTrailer }
        // Other fields that a later reader might take for header fields are left out (RFC 9110 §6.5.1); the message stays valid.
        guard !TrailerRules.isForbidden(id, name) else { return dropped.append(name.text) }
        fields.append(checked: id, name: name, value: value)
    }
}
