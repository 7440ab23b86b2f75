import HTTPModel
public import HeaderPolicy

/// Gives an exchange its id (promise 8): the client's, if it sent one that is accepted, or else a fresh one of 128 random bits.
///
/// Each event loop has its own instance. The ids tell requests apart and are not secret, so the generator is fast and seeded
/// well, but not cryptographic.
public struct RequestIDs: Sendable {
    /// The length of the longest id that is accepted, whatever the pattern allows, because it goes into every log line.
    public static let limit = 200

    private let pattern: LinearRegex?
    private var random: Xoshiro256
    private var scratch = RegexScratch()

    /// - Parameter random: seeds the fresh ids.
    /// - Throws: when `policy.accept` is not a regular expression.
    public init(_ policy: RequestIDPolicy, seededBy random: inout some RandomNumberGenerator) throws(PolicyErrors) {
        pattern = try Self.compile(policy)
        self.random = Xoshiro256(seededBy: &random)
    }

    /// Returns the same for another event loop, with a seed of its own.
    public func seeded(by random: inout some RandomNumberGenerator) -> RequestIDs {
        var other = self
        other.random = Xoshiro256(seededBy: &random)
        return other
    }

    /// Throws if `init` would throw, for a check without event loops.
    public static func check(_ policy: RequestIDPolicy) throws(PolicyErrors) { _ = try compile(policy) }

    /// Sets the id of an exchange to its request's `X-Request-ID` if there is exactly one that is accepted, or else to a fresh
    /// one.
    public mutating func assign(to facts: inout ExchangeFacts) {
        // The array is taken out while it is written, because the text may come from another part of the facts.
        var id: [UInt8] = []
        swap(&id, &facts.requestID)
        id.clear()
        if let line = facts.request.fields.firstIndex(of: .xRequestID),
            facts.request.fields.firstIndex(of: .xRequestID, from: line + 1) == nil,
            accepts(facts.request.fields.value(at: line))
        {
            id.append(copying: facts.request.fields.value(at: line))
        } else {
            id.append(hexadecimal: random.next())
            id.append(hexadecimal: random.next())
        }
        swap(&id, &facts.requestID)
    }

    private mutating func accepts(_ id: Span<UInt8>) -> Bool {
        guard !id.isEmpty, id.count <= Self.limit else { return false }
        if let pattern { return pattern.matches(id, scratch: &scratch) }
        guard 8...64 ~= id.count else { return false }
        for index in id.indices {
            switch id[index] {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: continue
            default: return false
            }
        }
        return true
    }

    private static func compile(_ policy: RequestIDPolicy) throws(PolicyErrors) -> LinearRegex? {
        guard let accept = policy.accept else { return nil }
        do {
            return try LinearRegex(accept.value, anchored: true)
        } catch {
            throw PolicyErrors([PolicyError(error.message, at: accept.location)])
        }
    }
}
