import HTTPModel
public import HeaderPolicy

extension AccessLogLine {
    /// What nginx writes where the client was gone before it could be answered.
    private static let clientGone = 499

    /// Appends a line of the Common Log Format, or with `withAgent` of the Combined one, as Apache and nginx write them and most tools
    /// read them.
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
            if let line = facts.request.fields.firstIndex(of: referer) {
                facts.request.fields.value(at: line).forEachRedactedPart { output.append(logEscaping: $0) }
            } else {
                output.append(0x2D)
            }
            output.append(text: "\" \"")
            if let line = facts.request.fields.firstIndex(of: userAgent) {
                facts.request.fields.value(at: line).forEachRedactedPart(.text) { output.append(logEscaping: $0) }
            } else {
                output.append(0x2D)
            }
            output.append(0x22)
        }
        output.append(0x0A)
    }
}

extension [UInt8] {
    /// `31/Jan/2026:23:59:59 +0000`
    fileprivate mutating func append(commonLogTime unixSeconds: Int) {
        let seconds = Swift.max(0, unixSeconds)
        let (year, month, day) = HTTPDate.civil(days: seconds / 86_400)
        append(twoDigits: day)
        append(0x2F)
        let months = "JanFebMarAprMayJunJulAugSepOctNovDec".utf8.span
        append(copying: months.extracting((month - 1) * 3..<month * 3))
        append(0x2F)
        append(decimal: year)
        append(0x3A)
        append(twoDigits: seconds / 3_600 % 24)
        append(0x3A)
        append(twoDigits: seconds / 60 % 60)
        append(0x3A)
        append(twoDigits: seconds % 60)
        append(text: " +0000")
    }
}
