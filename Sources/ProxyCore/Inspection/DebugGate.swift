public import HTTPModel
public import HeaderPolicy

/// Decides which clients may see what the rules did.
public struct DebugGate: Sendable {
    private let header: FieldID
    private let secret: [UInt8]?
    private let allowFrom: [CIDR]

    init(_ policy: DebugPolicy, names: inout FieldNames) {
        header = names.intern(policy.header)
        secret = policy.secret
        allowFrom = policy.allowFrom
    }

    /// Whether the client may see it. The field with the secret is removed from the request, right or wrong, so that neither app,
    /// rules nor log see it.
    ///
    /// - Parameter facts: the facts after `Forwarding.identifyClient`.
    public func admits(_ facts: inout ExchangeFacts) -> Bool {
        let isRight = carriesSecret(facts.request.fields)
        facts.request.fields.remove(header)
        let client = facts.clientIP
        let isFromHere = allowFrom.isEmpty || (client != .unspecified && allowFrom.contains { $0.contains(client) })
        return isRight && isFromHere
    }

    /// Removes the secret from trailers.
    public func strip(_ trailers: inout Fields) { trailers.remove(header) }

    private func carriesSecret(_ fields: borrowing Fields) -> Bool {
        guard let secret else { return true }
        guard let line = fields.firstIndex(of: header), fields.firstIndex(of: header, from: line + 1) == nil else { return false }
        return Self.equals(fields.value(at: line), secret)
    }

    /// Compares in a time that depends only on what the client sent.
    private static func equals(_ given: Span<UInt8>, _ secret: [UInt8]) -> Bool {
        guard !secret.isEmpty else { return false }
        var difference = given.count ^ secret.count
        for index in given.indices { difference |= Int(given[index] ^ secret[index % secret.count]) }
        return difference == 0
    }
}
