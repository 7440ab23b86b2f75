internal import HTTPModel

/// Makes a list of fields of the block behind a body (RFC 9113 §8.1, RFC 9110 §6.5).
struct TrailerReader {
    var fields = Fields()
    /// What is wrong, as an error code; 0 while nothing is.
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
        // Pseudo-fields fail as names.
        guard FieldCheck.isName(name, id) else { return fault = .badFieldName }
        guard FieldCheck.isValue(value) else { return fault = .badFieldValue }
        guard !FieldCheck.isConnectionSpecific(id) else { return fault = .connectionSpecificField }
        // Framing that comes when the body is over can only mislead a later reader.
        guard !TrailerRules.isFraming(id) else { return fault = .forbiddenTrailer }
        // Others that a later reader might take for the header's are left out (RFC 9110 §6.5.1); the message stays good.
        guard !TrailerRules.isForbidden(id, name) else { return dropped.append(name.text) }
        fields.append(checked: id, name: name, value: value)
    }
}
