internal import HTTPModel

/// Makes a response head of a field block from an upstream (RFC 9113 §8.3.2). One fault makes the response useless.
struct ResponseReader {
    var head = ResponseHead()
    private(set) var isValid = true
    private(set) var contentLength: Int?

    private let limits: MessageLimits
    private let names: FieldNames
    private var hasStatus = false
    private var size = 0

    init(limits: MessageLimits, names: FieldNames) {
        self.limits = limits
        self.names = names
    }

    mutating func begin() {
        head.removeAll()
        head.version = .http2
        isValid = true
        contentLength = nil
        hasStatus = false
        size = 0
    }

    mutating func add(name: Span<UInt8>, value: Span<UInt8>) {
        guard isValid else { return }
        size = size &+ name.count &+ value.count &+ 4
        isValid = size <= limits.headerBytes && head.fields.count < limits.headerCount
        if !hasStatus {
            // The only pseudo-field, and before all others; 101 does not exist here (RFC 9113 §8.6).
            guard isValid, name.equals(":status"), value.count == 3, let number = FieldCheck.length(value), number >= 100,
                number != 101
            else { return isValid = false }
            hasStatus = true
            return head.status = Status(rawValue: UInt16(number))
        }
        let id = names.id(of: name)
        guard isValid, FieldCheck.isName(name, id), FieldCheck.isValue(value), !FieldCheck.isConnectionSpecific(id) else {
            return isValid = false
        }
        if id == .contentLength {
            guard contentLength == nil, let length = FieldCheck.length(value) else { return isValid = false }
            contentLength = length
        }
        head.fields.append(checked: id, name: name, value: value)
        if id == .contentLength { head.fields.dropLeadingZeros(at: head.fields.count - 1) }
    }

    /// Ends the block. False for a malformed response.
    mutating func end(endsStream: Bool) -> Bool {
        isValid && hasStatus && !(endsStream && head.status.isInformational)
    }
}
