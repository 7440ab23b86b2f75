package import HTTPModel

/// What is forwarded of a client's `Expect` (RFC 9110 §10.1.1).
package enum Expectation {
    /// Whether something is expected that no proxy does: 417. The parsers of both protocols refuse such a request.
    package static func isUnknown(in fields: borrowing Fields) -> Bool {
        var line = fields.firstIndex(of: .expect)
        while let index = line {
            if !fields.value(at: index).equalsIgnoringCase("100-continue".utf8.span) { return true }
            line = fields.firstIndex(of: .expect, from: index + 1)
        }
        return false
    }

    /// Leaves one line where a body follows that the client may be holding back, and none elsewhere: without a body there is
    /// nothing to wait for, and HTTP/1.0 does not know it. An app that waits all the same would take the next request for the
    /// body.
    ///
    /// - Parameter request: one whose only expectation, if any, is `100-continue`.
    package static func settle(in request: inout RequestHead, hasBody: Bool) {
        guard let first = request.fields.firstIndex(of: .expect) else { return }
        let isMeant = hasBody && request.version != .http10
        if isMeant, request.fields.firstIndex(of: .expect, from: first + 1) == nil { return }
        request.fields.remove(.expect)
        if isMeant { request.fields.append("Expect", "100-continue") }
    }
}
