public import HTTPModel

/// One report of a browser about a page: a violation of a policy, a deprecation, a crash …
public struct Report: Sendable, Hashable {
    /// The members that are logged, in this order.
    public var members: [Member]

    public struct Member: Sendable, Hashable {
        public var name: String
        public var value: Value
    }

    public enum Value: Sendable, Hashable {
        case text([UInt8])
        case number(Int)
    }

    /// The format of a body of reports.
    public enum Form: String, Sendable, Hashable {
        /// The format that the CSP directive `report-uri` makes browsers send: one report (CSP Level 3 §5.3).
        case csp = "application/csp-report"
        /// The format that `Reporting-Endpoints` and `report-to` make browsers send: a list (Reporting API §3.5).
        case reports = "application/reports+json"

        /// The form that a `Content-Type` names, without its parameters; nil for any other type.
        public init?(contentType: Span<UInt8>) {
            var end = 0
            while end < contentType.count, contentType[end] != 0x3B { end &+= 1 }
            let type = contentType.extracting(contentType.trimmingBlanks(0..<end))
            if type.equalsIgnoringCase(Self.csp.rawValue.utf8.span) {
                self = .csp
            } else if type.equalsIgnoringCase(Self.reports.rawValue.utf8.span) {
                self = .reports
            } else {
                return nil
            }
        }

        /// The form of a request's body; nil when it is none of these.
        public init?(of request: borrowing RequestHead) {
            guard let line = request.fields.firstIndex(of: .contentType) else { return nil }
            self.init(contentType: request.fields.value(at: line))
        }
    }

    /// The largest number of bytes of one text; longer ones are cut off.
    public static let textLimit = 1 << 10

    /// Returns the reports of a body; nil when it does not have the given form.
    public static func read(_ body: [UInt8], as form: Form) -> [Report]? {
        guard let value = JSONValue(body) else { return nil }
        switch form {
        case .csp: return of(csp: value).map { [$0] }
        case .reports:
            guard case .array(let items) = value else { return nil }
            var reports: [Report] = []
            for item in items {
                guard let report = Report(item) else { return nil }
                reports.append(report)
            }
            return reports
        }
    }

    static func of(csp value: JSONValue) -> Report? {
        guard let report = value["csp-report"], case .object = report else { return nil }
        return Report(csp: report)
    }

    /// A member of a log line, and the names under which browsers send it.
    private struct Source {
        enum Kind { case text, url, number }

        var name: String
        var kind = Kind.text
        var csp: [String] = []
        var body: [String] = []
    }

    private static let sources = [
        Source(name: "document_url", kind: .url, csp: ["document-uri"], body: ["documentURL"]),
        Source(
            name: "effective_directive", csp: ["effective-directive", "violated-directive"],
            body: ["effectiveDirective", "violatedDirective"]),
        Source(name: "blocked_url", kind: .url, csp: ["blocked-uri"], body: ["blockedURL"]),
        Source(name: "disposition", csp: ["disposition"], body: ["disposition"]),
        Source(name: "referrer", kind: .url, csp: ["referrer"], body: ["referrer"]),
        Source(name: "source_file", kind: .url, csp: ["source-file"], body: ["sourceFile"]),
        Source(name: "line", kind: .number, csp: ["line-number"], body: ["lineNumber"]),
        Source(name: "column", kind: .number, csp: ["column-number"], body: ["columnNumber"]),
        Source(name: "status", kind: .number, csp: ["status-code"], body: ["statusCode", "status_code"]),
        Source(name: "sample", csp: ["script-sample"], body: ["sample"]),
        Source(name: "policy", body: ["policyId", "featureId"]),
        Source(name: "id", body: ["id"]),
        Source(name: "reason", body: ["reason"]),
        Source(name: "phase", body: ["phase"]),
        Source(name: "error", body: ["type"]),
        Source(name: "report_text", body: ["message"]),
    ]

    private init(csp report: JSONValue) {
        members = [Member(name: "type", value: .text(Array("csp-violation".utf8)))]
        for source in Self.sources { append(source, source.csp, of: report) }
    }

    /// Fails for an item without a type, or with a body that is not an object.
    init?(_ item: JSONValue) {
        guard let type = item["type"]?.text else { return nil }
        let body = item["body"] ?? .null
        switch body {
        case .object, .null: break
        default: return nil
        }
        members = [Member(name: "type", value: .text(Self.cut(type, .text)))]
        for source in Self.sources { append(source, source.body, of: body) }
        if !members.contains(where: { $0.name == "document_url" }), let url = item["url"]?.text {
            members.insert(Member(name: "document_url", value: .text(Self.redacted(url))), at: 1)
        }
        if let age = item["age"]?.count { members.append(Member(name: "age_ms", value: .number(age))) }
        if let agent = item["user_agent"]?.text {
            members.append(Member(name: "user_agent", value: .text(Self.cut(agent, .text))))
        }
    }

    /// Adds the value of the first name that is there; a value of an unexpected kind is left out.
    private mutating func append(_ source: Source, _ names: [String], of report: JSONValue) {
        for name in names {
            guard let found = report[name] else { continue }
            let value: Value? =
                switch source.kind {
                case .text: found.text.map { .text(Self.cut($0, .text)) }
                case .url: found.text.map { .text(Self.redacted($0)) }
                case .number: found.count.map { .number($0) }
                }
            guard let value else { continue }
            return members.append(Member(name: source.name, value: value))
        }
    }

    /// Returns a URL without the parts that may be secret: credentials, the query and the fragment.
    private static func redacted(_ url: [UInt8]) -> [UInt8] {
        let end = url.firstIndex { $0 == 0x3F || $0 == 0x23 } ?? url.count
        var result = Array(url[..<end])
        if let slashes = result.range(ofFirst: Array("://".utf8)) {
            let authority = result[slashes.upperBound...].prefix { $0 != 0x2F }
            if let at = authority.lastIndex(of: 0x40) { result.removeSubrange(slashes.upperBound...at) }
        }
        result = cut(result, .url)
        if end < url.count, url[end] == 0x3F { result += Array("?[redacted]".utf8) }
        return result
    }

    /// Returns the text without secrets, cut to the limit at a character's boundary.
    static func cut(_ text: [UInt8], _ form: SecretScan.Form) -> [UInt8] {
        var parts: [UInt8] = []
        // No more is looked at than can be left: there may be a hundred reports, each with the client's long User-Agent.
        text.span.extracting(first: 4 * textLimit).forEachRedactedPart(form) { parts.append(copying: $0) }
        let text = parts
        guard text.count > textLimit else { return text }
        var end = textLimit
        while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
        return Array(text[..<end])
    }
}
