/// The head of a response.
public struct ResponseHead: Sendable {
    public var status: Status
    public var version: HTTPVersion = .http11
    public var fields = Fields()
    /// The received reason phrase; empty means the registry's.
    public var reason: [UInt8] = []

    public init(status: Status = 200) { self.status = status }

    /// Clears the head but keeps the storage.
    public mutating func removeAll() {
        status = 200
        version = .http11
        fields.removeAll()
        reason.clear()
    }

    /// Removes the fields that announce a body, because the message has none, whatever they say (RFC 9112 §6.3).
    public mutating func dropFraming() {
        fields.remove(.contentLength)
        fields.remove(.transferEncoding)
    }

    /// Whether the content is server-sent events: `text/event-stream`, with any parameters.
    public var isEventStream: Bool {
        guard let line = fields.firstIndex(of: .contentType) else { return false }
        let value = fields.value(at: line)
        var end = 0
        while end < value.count, value[end] != 0x3B { end &+= 1 }
        return value.extracting(value.trimmingBlanks(0..<end)).equalsIgnoringCase("text/event-stream".utf8.span)
    }

    /// Frees storage beyond `limit` bytes, for idle connections.
    public mutating func trim(to limit: Int) {
        fields.trim(to: limit)
    }
}
