public import HTTPModel

/// Decides what is forwarded of a client's `Expect` (RFC 9110 §10.1.1).
public enum Expectation {
    /// Whether the request expects something that no proxy does, which gets a 417. The parsers of both protocols refuse such a
    /// request.
    public static func isUnknown(in fields: borrowing Fields) -> Bool {
        var line = fields.firstIndex(of: .expect)
        while let index = line {
            if !fields.value(at: index).equalsIgnoringCase("100-continue".utf8.span) { return true }
            line = fields.firstIndex(of: .expect, from: index + 1)
        }
        return false
    }

    /// Keeps one line if a body follows that the client may be holding back, and removes it otherwise: without a body there is
    /// nothing to wait for, and HTTP/1.0 does not know it. An app that waits all the same would take the next request for the
    /// body.
    ///
    /// - Parameter request: a request whose only expectation, if any, is `100-continue`.
    public static func settle(in request: inout RequestHead, hasBody: Bool) {
        guard let first = request.fields.firstIndex(of: .expect) else { return }
        let isMeant = hasBody && request.version != .http10
        if isMeant, request.fields.firstIndex(of: .expect, from: first + 1) == nil { return }
        request.fields.remove(.expect)
        if isMeant { request.fields.append("Expect", "100-continue") }
    }
}
