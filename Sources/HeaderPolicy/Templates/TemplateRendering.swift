public import HTTPModel

extension Template {
    /// Appends the value for one message, without blanks around it.
    ///
    /// Returns false, and appends nothing, when a placeholder has a byte that no field value may have (promise 9).
    public func render(
        into output: inout [UInt8], facts: borrowing ExchangeFacts, response: borrowing ResponseHead?
    ) -> Bool {
        if let response = copy response {
            return render(into: &output, facts: facts, fields: response.fields, status: response.status)
        }
        return render(into: &output, facts: facts, fields: facts.request.fields, status: nil)
    }

    /// Appends the value, with the fields of the response that has this status, or of the forwarded request when the status is
    /// nil.
    func render(
        into output: inout [UInt8], facts: borrowing ExchangeFacts, fields: borrowing Fields, status: Status?
    ) -> Bool {
        let start = output.count
        for place in parts.indices { append(parts[place], to: &output, facts: facts, fields: fields, status: status) }
        return Self.finish(&output, from: start)
    }

    /// Removes the blanks around a value, or the whole value when it has a byte that no field value may have.
    static func finish(_ output: inout [UInt8], from start: Int) -> Bool {
        guard Fields.isValue(output.span.extracting(start..<output.count)) else {
            output.removeSubrange(start...)
            return false
        }
        let trimmed = output.span.trimmingBlanks(start..<output.count)
        if trimmed.upperBound < output.count { output.removeSubrange(trimmed.upperBound...) }
        if trimmed.lowerBound > start { output.removeSubrange(start..<trimmed.lowerBound) }
        return true
    }

    func append(
        _ part: Part, to output: inout [UInt8], facts: borrowing ExchangeFacts, fields: borrowing Fields, status: Status?
    ) {
        let text = bytes.span.extracting(part.range)
        switch part.placeholder {
        case nil: output.append(copying: text)
        case .requestHeader where part.field == .host: output.append(copying: facts.request.authority)
        case .requestHeader where status == nil: fields.appendJoined(part.field, named: text, to: &output)
        case .requestHeader: facts.request.fields.appendJoined(part.field, named: text, to: &output)
        case .requestCookie where status == nil: fields.appendCookie(named: text, to: &output)
        case .requestCookie: facts.request.fields.appendCookie(named: text, to: &output)
        case .responseHeader: if status != nil { fields.appendJoined(part.field, named: text, to: &output) }
        case .status: output.append(decimal: Int(status?.rawValue ?? 0))
        case let placeholder?: facts.append(placeholder, to: &output)
        }
    }
}

extension ExchangeFacts {
    /// Appends the value of a placeholder that is neither a field nor a cookie nor the status.
    fileprivate borrowing func append(_ placeholder: Placeholder, to output: inout [UInt8]) {
        switch placeholder {
        case .requestID: output.append(copying: requestID.span)
        case .clientIP: output.append(copying: clientAddress.span)
        case .clientPort: if clientPort != 0 { output.append(decimal: Int(clientPort)) }
        case .method: output.append(copying: request.methodToken)
        case .scheme: output.append(text: request.scheme.text)
        case .host: output.append(copying: request.hostname)
        case .hostPort: appendPort(to: &output)
        case .authority: output.append(copying: request.authority)
        case .path: output.append(percentEncoding: request.path)
        case .pathRest: output.append(percentEncoding: pathRest.span)
        case .query: output.append(percentEncoding: request.query, where: Self.isDelimiter)
        case .uri: output.append(percentEncoding: request.target, where: Self.isDelimiter)
        case .upstream: output.append(copying: upstream.span)
        case .nonce: output.append(copying: nonce.span)
        case .traceparent: output.append(copying: traceparent.span)
        case .timeUnix: output.append(decimal: unixSeconds)
        case .timeHTTP: output.append(copying: HTTPDate.bytes(unixSeconds: unixSeconds).span)
        case .timeISO: output.append(iso8601: unixSeconds)
        case .timingProxy: output.append(microseconds: proxyMicroseconds)
        case .timingUpstream: output.append(microseconds: upstreamMicroseconds)
        case .tlsVersion: output.append(copying: tlsVersion.span)
        case .tlsCipher: output.append(copying: tlsCipher.span)
        case .tlsServerName: output.append(copying: tlsServerName.span)
        case .tlsClientSubject: output.append(copying: tlsClientSubject.span)
        case .status, .requestHeader, .requestCookie, .responseHeader: break
        }
    }

    /// Whether a byte has no place in a URL (RFC 3986 Appendix C), and ends one that a field has between brackets or quotes.
    private static func isDelimiter(_ byte: UInt8) -> Bool { byte == 0x22 || byte == 0x3C || byte == 0x3E }

    /// Appends the port that the client named, or the default port of the scheme.
    private borrowing func appendPort(to output: inout [UInt8]) {
        let authority = request.authority
        let digits = request.hostname.count + 1
        if digits < authority.count {
            output.append(copying: authority.extracting(digits..<authority.count))
        } else if !authority.isEmpty {
            output.append(text: request.scheme == .https ? "443" : "80")
        }
    }
}

extension Fields {
    /// Appends the values of all lines of a field, joined as a list (RFC 9110 §5.3), cookies with `; `.
    fileprivate borrowing func appendJoined(_ id: FieldID, named name: Span<UInt8>, to output: inout [UInt8]) {
        var from = 0
        while let index = firstIndex(of: id, named: name, from: from) {
            if from > 0 { output.append(text: id == .cookie ? "; " : ", ") }
            output.append(copying: value(at: index))
            from = index + 1
        }
    }

    /// Appends the value of the first cookie with a name (RFC 6265 §5.4), which is case-sensitive.
    fileprivate borrowing func appendCookie(named name: Span<UInt8>, to output: inout [UInt8]) {
        if let (line, range) = cookie(named: name) { output.append(copying: value(at: line).extracting(range)) }
    }

    /// Returns where the value of the first request cookie with a name is: the line, and the range in its value.
    borrowing func cookie(named name: Span<UInt8>) -> (line: Int, value: Range<Int>)? {
        var from = 0
        while let line = firstIndex(of: .cookie, from: from) {
            let text = value(at: line)
            var pairs = CookiePairs()
            while let pair = pairs.next(in: text) {
                let valueStart = pair.lowerBound &+ name.count &+ 1
                if valueStart <= pair.upperBound, text[valueStart &- 1] == 0x3D,
                    text.extracting(pair.lowerBound..<valueStart &- 1).equals(name)
                {
                    return (line, valueStart..<pair.upperBound)
                }
            }
            from = line &+ 1
        }
        return nil
    }
}

extension [UInt8] {
    /// Appends a decoded path in the form for a URL (RFC 3986 §3.3): every byte that is not a `pchar` or a slash is escaped.
    fileprivate mutating func append(percentEncoding path: Span<UInt8>) {
        append(percentEncoding: path) {
            switch $0 {
            case 0x2F, 0x30...0x39, 0x40...0x5A, 0x61...0x7A, 0x21, 0x24, 0x26...0x2E, 0x3A, 0x3B, 0x3D, 0x5F, 0x7E: false
            default: true
            }
        }
    }

    /// Appends a time in seconds since 1970 as `2026-01-31T23:59:59Z`.
    fileprivate mutating func append(iso8601 unixSeconds: Int) {
        append(dateAndTime: unixSeconds)
        append(0x5A)
    }
}

extension [UInt8] {
    /// Appends a duration as milliseconds with three decimals, the unit of `Server-Timing`.
    fileprivate mutating func append(microseconds: Int) {
        append(decimal: microseconds / 1000)
        append(0x2E)
        append(0x30 &+ UInt8(truncatingIfNeeded: microseconds / 100 % 10))
        append(twoDigits: microseconds % 100)
    }
}
