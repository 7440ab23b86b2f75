import HTTPModel

extension Template {
    /// Appends the value of a `Location`, as `render` does, for the request that came. What fields and cookies bring is
    /// percent-encoded where a browser would read something else in it.
    ///
    /// Returns false, and appends nothing, also when what a client chose would decide which server it leads to, by beginning a
    /// scheme or an authority or continuing one (`javascript:…` and `//evil.example` after `/old/`), and when nothing is left of
    /// it: an empty `Location` leads to where the client already is.
    public func renderReference(into output: inout [UInt8], facts: borrowing ExchangeFacts) -> Bool {
        let start = output.count
        for place in parts.indices { append(reference: parts[place], to: &output, facts) }
        let end = start + ReferencePlace.end(in: output.span.extracting(start..<output.count))
        guard leads(from: start, to: end, &output, facts) else {
            output.removeSubrange(start...)
            return false
        }
        return Self.finish(&output, from: start) && output.count > start
    }

    private func append(reference part: Part, to output: inout [UInt8], _ facts: borrowing ExchangeFacts) {
        let start = output.count
        append(part, to: &output, facts: facts, fields: facts.request.fields, status: nil)
        if part.isFreeText { output.percentEncode(from: start) }
    }

    /// Whether the configuration decides the part of the value that names the server, apart from what it leaves to the client.
    /// The value is everything in `output` from `start` on.
    private func leads(from start: Int, to end: Int, _ output: inout [UInt8], _ facts: borrowing ExchangeFacts) -> Bool {
        var begin = start
        for index in parts.indices where begin < end {
            let part = parts[index]
            // The part is rendered once more for its length, which few templates need.
            let count = output.count
            append(reference: part, to: &output, facts)
            let next = begin + output.count - count
            output.removeSubrange(count...)
            // A value that begins with `{request.header.X}` leaves the whole target to the client (LH181).
            let isLeft = part.placeholder == nil || index == 0 && part.isFreeText
            guard isLeft || mayName(output.span, begin..<next, index) else { return false }
            begin = next
        }
        return true
    }

    /// Whether the text of a placeholder may be a part of the server's name. A part of the request's target may not. Nor may an
    /// empty text, because the text behind it would then name the server (`/{request.cookie.lang}/home`).
    private func mayName(_ output: Span<UInt8>, _ range: Range<Int>, _ index: Int) -> Bool {
        let part = parts[index]
        guard part.placeholder?.isOfTarget == false, !range.isEmpty else { return false }
        guard part.isFreeText else { return true }
        // The configuration leaves whole labels to the client. Letters within a label would change the name that it wrote.
        let next = index + 1 < parts.count && parts[index + 1].placeholder == nil ? output[range.upperBound] : 0
        let before = index > 0 && !parts[index - 1].isFreeText ? output[range.lowerBound - 1] : 0
        let isWhole = before == 0x2F && next != 0x2E
        // Digits after the colon of a host are only a port.
        if before == 0x3A, range.allSatisfy({ Octet.isDigit(output[$0]) }) {
            return (0..<range.lowerBound).contains { output[$0] == 0x2F }
        }
        for index in range where !Self.isOfName(output[index]) && !(isWhole && Self.isOfAddress(output[index])) { return false }
        return next == 0x2E || before == 0x2F || before == 0x2E
    }

    /// Whether the byte may be in the name of a host: a letter, a digit, `-`, `.` or `_`.
    private static func isOfName(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || Octet.isDigit(byte) || byte == 0x2D || byte == 0x2E || byte == 0x5F
    }

    /// Whether the byte is one that an address or a port has besides: `:`, `[` or `]`.
    private static func isOfAddress(_ byte: UInt8) -> Bool { byte == 0x3A || byte == 0x5B || byte == 0x5D }
}

extension Template.Part {
    /// Whether it stands for free text, unlike `Host`, whose form has been checked by a parser.
    fileprivate var isFreeText: Bool {
        switch placeholder {
        case .requestHeader where field == .host: false
        case .requestHeader, .requestCookie, .requestID, .method, .tlsServerName, .tlsClientSubject: true
        default: false
        }
    }
}

extension [UInt8] {
    /// Escapes what no URL has: blanks, controls, `"`, `<`, `>`, `\` and everything but ASCII. Browsers leave out tabs, and take `\`
    /// for a slash.
    fileprivate mutating func percentEncode(from start: Int) {
        guard self[start...].contains(where: Self.isForeign) else { return }
        let text = Array(self[start...])
        removeSubrange(start...)
        append(percentEncoding: text.span, where: Self.isForeign)
    }

    private static func isForeign(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x22, 0x3C, 0x3E, 0x5C, 0x7F...: true
        default: false
        }
    }
}
