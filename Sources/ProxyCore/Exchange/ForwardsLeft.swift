import HTTPModel

/// How many more proxies a request may pass: `Max-Forwards`, which is for OPTIONS and TRACE (RFC 9110 §7.6.2).
enum ForwardsLeft {
    /// Nil where nothing limits it. A value that is not one number limits nothing.
    static func count(_ request: borrowing RequestHead) -> Int? {
        guard let line = line(in: request) else { return nil }
        return request.fields.value(at: line).decimal
    }

    /// Counts this proxy, through which the request goes now.
    static func countDown(in request: inout RequestHead) {
        guard let line = line(in: request), let count = request.fields.value(at: line).decimal else { return }
        request.fields.replaceValue(at: line, with: String(max(0, count - 1)).utf8.span)
    }

    private static func line(in request: borrowing RequestHead) -> Int? {
        guard request.method == .options || request.method == .trace,
            let line = request.fields.firstIndex(of: .maxForwards),
            request.fields.firstIndex(of: .maxForwards, from: line + 1) == nil
        else { return nil }
        return line
    }
}
