import HTTPModel
public import HeaderPolicy

extension AccessLogLine {
    /// The status that nginx writes when the client was gone before it could be answered.
    private static let clientGone = 499

    /// Appends a line of the Common Log Format or, with `withAgent`, of the Combined one, as Apache and nginx write them and most
    /// tools read them.
    public static func appendCommon(
        _ facts: borrowing ExchangeFacts, _ outcome: borrowing Outcome, withAgent: Bool, to output: inout [UInt8]
    ) {
        output.append(orDash: facts.clientAddress.span)
        output.append(text: " - - [")
        output.append(commonLogTime: outcome.unixMilliseconds / 1_000)
        output.append(text: "] \"")
        output.append(orDash: facts.request.methodToken)
        output.append(0x20)
        facts.request.target.forEachRedactedPart { output.append(logEscaping: $0) }
        output.append(0x20)
        output.append(text: facts.request.version.text)
        output.append(text: "\" ")
        output.append(decimal: outcome.status.map { Int($0.rawValue) } ?? clientGone)
        output.append(0x20)
        output.append(decimal: outcome.responseBytes)
        if withAgent {
            output.append(text: " \"")
            append(referer, .url, of: facts, to: &output)
            output.append(text: "\" \"")
            append(userAgent, .text, of: facts, to: &output)
            output.append(0x22)
        }
        output.append(0x0A)
    }

    private static func append(
        _ field: FieldID, _ form: SecretScan.Form, of facts: borrowing ExchangeFacts, to output: inout [UInt8]
    ) {
        guard let line = facts.request.fields.firstIndex(of: field) else { return output.append(0x2D) }
        facts.request.fields.value(at: line).forEachRedactedPart(form) { output.append(logEscaping: $0) }
    }
}

extension [UInt8] {
    /// Appends a time as `31/Jan/2026:23:59:59 +0000`.
    fileprivate mutating func append(commonLogTime unixSeconds: Int) {
        let seconds = Swift.max(0, unixSeconds)
        let (year, month, day) = HTTPDate.civil(days: seconds / 86_400)
        append(twoDigits: day)
        append(0x2F)
        append(text: HTTPDate.months[month - 1])
        append(0x2F)
        append(decimal: year)
        append(0x3A)
        append(timeOfDay: seconds)
        append(text: " +0000")
    }
}
