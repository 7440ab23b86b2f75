/// The head of a response.
public struct ResponseHead: Sendable {
    public var status: Status
    public var version: HTTPVersion = .http11
    public var fields = Fields()
    /// The reason phrase that came with it; empty means the registry's.
    public var reason: [UInt8] = []

    public init(status: Status = 200) { self.status = status }

    /// Forgets everything and keeps the storage.
    public mutating func removeAll() {
        status = 200
        version = .http11
        fields.removeAll()
        reason.removeAll(keepingCapacity: true)
    }

    /// Gives back storage beyond `limit` bytes. For idle connections.
    public mutating func trim(to limit: Int) {
        fields.trim(to: limit)
    }
}
