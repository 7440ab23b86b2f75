import HTTPModel
public import HeaderPolicy

/// One line of the log for one report, in JSON whatever the form of the access log.
///
/// The members in order: `time`, `message` (always `report`), `client`, `request_id`, `route`, then those of the report: `type`,
/// `document_url`, `effective_directive`, `blocked_url`, `disposition` …, and last `user_agent` (the report's, or else the
/// request's). Members that a report does not have are left out.
public enum ReportLine {
    private static let userAgent = FieldNames.standard.id(of: "User-Agent".utf8.span)

    /// Appends a line with its newline.
    ///
    /// - Parameters:
    ///   - unixMilliseconds: the time when the report came, in milliseconds since 1970.
    ///   - route: the label of the route.
    public static func append(
        _ report: Report, facts: borrowing ExchangeFacts, route: [UInt8], unixMilliseconds: Int, to output: inout [UInt8]
    ) {
        output.append(text: #"{"time":""#)
        output.append(timestamp: unixMilliseconds)
        output.append(text: #"","message":"report","client":""#)
        output.append(jsonEscaping: facts.clientAddress.span)
        output.append(text: #"","request_id":""#)
        output.append(jsonEscaping: facts.requestID.span)
        output.append(text: #"","route":""#)
        output.append(jsonEscaping: route.span)
        output.append(0x22)
        for member in report.members { append(member, to: &output) }
        if !report.members.contains(where: { $0.name == "user_agent" }),
            let line = facts.request.fields.firstIndex(of: userAgent)
        {
            let value = facts.request.fields.value(at: line)
            output.append(text: #","user_agent":""#)
            output.append(jsonEscaping: Report.cut(Array(copying: value), .text).span)
            output.append(0x22)
        }
        output.append(text: "}\n")
    }

    private static func append(_ member: Report.Member, to output: inout [UInt8]) {
        output.append(text: ",\"")
        output.append(text: member.name)
        output.append(text: "\":")
        switch member.value {
        case .number(let number): output.append(decimal: number)
        case .text(let text):
            output.append(0x22)
            output.append(jsonEscaping: text.span)
            output.append(0x22)
        }
    }
}
