internal import HTTPModel

/// Makes a list of fields of the block behind a body (RFC 9113 §8.1, RFC 9110 §6.5).
struct TrailerReader {
    var fields = Fields()
    /// What is wrong, as an error code; 0 while nothing is.
    private(set) var fault = ErrorCode.noError
    private var size = 0

    mutating func begin() {
        fields.removeAll()
        fault = ErrorCode.noError
        size = 0
    }

    mutating func add(name: Span<UInt8>, value: Span<UInt8>, names: FieldNames, limit: Int) {
        guard fault == ErrorCode.noError else { return }
        size = size &+ name.count &+ value.count &+ 4
        guard size <= limit else {
            fault = ErrorCode.enhanceYourCalm
            return
        }
        let id = names.id(of: name)
        // Pseudo-fields fail as names. Framing that comes when the body is over can only mislead a later reader.
        guard FieldCheck.isName(name, id), FieldCheck.isValue(value), !FieldCheck.isConnectionSpecific(id),
            id != .contentLength, id != .host, id != .te
        else {
            fault = ErrorCode.protocolError
            return
        }
        // Others that a later reader might take for the header's are left out (RFC 9110 §6.5.1); the message stays good.
        guard !TrailerRules.isForbidden(id, name) else { return }
        fields.append(checked: id, name: name, value: value)
    }
}
