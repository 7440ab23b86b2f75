internal import HTTPModel

/// Builds a response head from an upstream's field block (RFC 9113 §8.3.2). A single fault makes the response unusable.
struct ResponseReader {
    var head = ResponseHead()
    private(set) var fault: ResponseFault?
    private(set) var contentLength: Int?

    private let limits: MessageLimits
    private let names: FieldNames
    private var hasStatus = false
    private var isHead = false
    private var size = 0

    init(limits: MessageLimits, names: FieldNames) {
        self.limits = limits
        self.names = names
    }

    /// - Parameter isHead: whether this is the response to a HEAD request.
    mutating func begin(isHead: Bool) {
        head.removeAll()
        head.version = .http2
        fault = nil
        contentLength = nil
        hasStatus = false
        self.isHead = isHead
        size = 0
    }

    /// Whether the response has no body, whatever its fields say (RFC 9110 §6.4.1).
    var isBodiless: Bool { isHead || head.status.forbidsBody }

    mutating func add(name: Span<UInt8>, value: Span<UInt8>) {
        guard fault == nil else { return }
        size = size &+ name.count &+ value.count &+ 4
        guard size <= limits.headerBytes else { return fault = .headerTooLarge }
        guard head.fields.count < limits.headerCount else { return fault = .tooManyFields }
        if !hasStatus {
            // `:status` is the only pseudo-field and must come first; HTTP/2 has no 101 (RFC 9113 §8.6).
            guard name.equals(":status"), value.count == 3, let number = value.decimal, 100...599 ~= number,
                number != 101
            else { return fault = .badStatus }
            hasStatus = true
            return head.status = Status(rawValue: UInt16(number))
        }
        let id = names.id(of: name)
        guard FieldCheck.isName(name, id) else { return fault = .badFieldName }
        guard FieldCheck.isValue(value) else { return fault = .badFieldValue }
        guard !FieldCheck.isConnectionSpecific(id) else { return fault = .connectionSpecificField }
        if id == .contentLength { return addLength(name, value) }
        head.fields.append(checked: id, name: name, value: value)
    }

    private mutating func addLength(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        // The field may not occur with this status and has no meaning (RFC 9110 §8.6).
        if head.status.forbidsLength { return }
        guard contentLength == nil, let length = value.decimal else {
            guard isBodiless else { return fault = .badContentLength }
            head.fields.remove(.contentLength)
            contentLength = 0
            return
        }
        contentLength = length
        head.fields.append(checked: .contentLength, name: name, value: value)
        head.fields.dropLeadingZeros(at: head.fields.count - 1)
    }

    /// Ends the block.
    mutating func end(endsStream: Bool) {
        guard fault == nil else { return }
        if !hasStatus { fault = .badStatus }
        if endsStream, head.status.isInformational { fault = .informationalEnd }
    }
}
