import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// Writes policy tests from a HAR, which expect the recorded responses.
///
/// The app's answer is the recorded one without the policy's part: with a policy at hand, the fields that it makes; without one,
/// those of CORS, which are never the app's behind a `cors` rule.
package struct HARTestWriter: Sendable {
    private let policy: HARPolicy?
    private var written: Set<Key> = []

    private struct Key: Hashable {
        var method: String
        var place: String
        var origin: String?
        var credentials: PageFetch.Credentials
        var status: Int
        var verdict: String
    }

    /// The largest number of tests in one file.
    private static let limit = 1_000

    package init(_ policy: HARPolicy?) { self.policy = policy }

    package var count: Int { written.count }

    /// Returns the start of the file.
    package static func head(_ source: String) -> String {
        "# What was recorded in \(source.visible), as it was: run by `letterhead test`.\ntests:\n"
    }

    /// Returns a test; nil for an entry from which none can be made, or that would be tested twice.
    package mutating func test(_ judged: JudgedEntry) -> String? {
        let (entry, request) = (judged.entry, judged.request)
        guard let url = request.url, [.page, .navigation, .nobody].contains(request.asker), 200...599 ~= entry.status,
            !entry.responseFields.isEmpty, written.count < Self.limit, Fields.isName(entry.method.utf8.span)
        else { return nil }
        let origin = request.asker == .page ? judged.verdict.origin : nil
        // An origin that no browser writes comes from a program, and the test file would not load with it.
        guard origin.map(PageOrigin.isValid) ?? true else { return nil }
        let key = Key(
            method: entry.method, place: url.origin + url.path, origin: origin, credentials: judged.verdict.credentials,
            status: entry.status, verdict: judged.verdict.code ?? judged.verdict.kind.rawValue)
        guard written.insert(key).inserted else { return nil }
        var redaction = Redaction([])
        redaction.learn(target: entry.url)
        redaction.learn(entry.requestFields)
        redaction.learn(entry.responseFields)
        return text(judged, url, origin, redaction)
    }

    private func text(_ judged: JudgedEntry, _ url: WebURL, _ origin: String?, _ redaction: Redaction) -> String {
        let entry = judged.entry
        var text =
            "  - name: \(YAMLText.withoutVariables("\(entry.method) \(url.path)\(origin.map { " from \($0)" } ?? ""), entry \(entry.number)"))\n"
        text += "    request:\n"
        if entry.method != "GET" { text += "      method: \(YAMLText.withoutVariables(entry.method))\n" }
        text += "      url: \(YAMLText.withoutVariables(redaction.target(url.description)))\n"
        if let origin {
            text += "      origin: \(YAMLText.withoutVariables(origin))\n"
            if judged.verdict.credentials != .sameOrigin { text += "      credentials: \(judged.verdict.credentials.rawValue)\n" }
            if judged.request.mode != .cors { text += "      mode: \(judged.request.mode.rawValue)\n" }
        }
        var sent = RecordedRequest.fields(entry, asked: judged.preflight?.askedNames).filter { field in
            let name = field.name.lowercased()
            return !SafeLists.isForbidden(name) && name != "accept-language"
        }
        // By it the proxy refuses what is too large.
        if entry.status == 413 { sent += entry.requestFields.filter { $0.isNamed("content-length") } }
        text += Self.fields(redaction.fields(sent), indent: "      ")
        text += "    upstream:\n      status: \(entry.status)\n"
        text += Self.fields(redaction.fields(answer(judged)), indent: "      ")
        text += "    expect:\n      status: \(entry.status)\n"
        if let verdict = Self.verdict(judged) { text += "      verdict: \(verdict)\n" }
        if judged.preflight != nil { text += "      preflight: true\n" }
        return text + Self.fields(Self.expected(entry, redaction), indent: "      ")
    }

    // MARK: The parts

    /// Returns the fields of the app's answer that are not the policy's.
    private func answer(_ judged: JudgedEntry) -> [FieldText] {
        let fields = judged.entry.responseFields.filter { field in
            let name = field.name.lowercased()
            return !Self.isOfOneResponse(name) && Fields.isValue(field.value.utf8.span)
        }
        guard let policy else { return fields.filter { !Self.isCORS($0.name.lowercased()) } }
        var bare = judged
        bare.entry.responseFields = fields.filter { !Self.isPolicys($0.name.lowercased()) }
        let made = policy.outcome(of: bare)?.response?.fields ?? []
        return fields.filter { field in
            !Self.isPolicys(field.name.lowercased()) || made.values(of: field.name) != fields.values(of: field.name)
        }
    }

    private static func verdict(_ judged: JudgedEntry) -> String? {
        switch judged.verdict.kind {
        case .readable where judged.redirects.isEmpty: return "readable"
        case .sameOrigin: return "readable"
        case .opaque: return "opaque"
        case .refused where judged.redirects.isEmpty:
            guard let failure = judged.verdict.fetch?.failure, failure.check != .network, failure.check != .redirectUnwanted
            else {
                return nil
            }
            return failure.code
        default: return nil
        }
    }

    /// Returns the expected fields, which are those that a policy is for. A field that is new in each response only has to be
    /// there.
    private static func expected(_ entry: RecordedExchange, _ redaction: Redaction) -> [FieldText] {
        entry.responseFields.compactMap { field in
            guard isPolicys(field.name.lowercased()), Fields.isValue(field.value.utf8.span) else { return nil }
            let value = redaction.value(field.name, field.value)
            return FieldText(field.name, value.contains(text: "'nonce-") || value != field.value ? "present" : value)
        }
    }

    private static func isPolicys(_ name: String) -> Bool {
        if isCORS(name) { return true }
        switch name {
        case "content-security-policy", "content-security-policy-report-only", "strict-transport-security",
            "x-content-type-options",
            "x-frame-options", "referrer-policy", "permissions-policy", "cross-origin-opener-policy",
            "cross-origin-embedder-policy",
            "cross-origin-resource-policy", "origin-agent-cluster", "x-xss-protection", "reporting-endpoints", "cache-control",
            "vary":
            return true
        default: return false
        }
    }

    private static func isCORS(_ name: String) -> Bool { name.hasPrefix("access-control-") }

    /// Whether a field is made anew for each response, so that no test can expect it of the app.
    private static func isOfOneResponse(_ name: String) -> Bool {
        RecordedExchange.isOfConnection(name) || ["date", "age", "via", "alt-svc"].contains(name)
    }

    // MARK: YAML

    /// Returns `headers:` with a line for each name; several lines of a name are a list.
    private static func fields(_ fields: [FieldText], indent: String) -> String {
        guard !fields.isEmpty else { return "" }
        var text = indent + "headers:\n"
        var seen: Set<String> = []
        for field in fields where seen.insert(field.name.lowercased()).inserted {
            let values = fields.values(of: field.name).map(YAMLText.withoutVariables)
            text +=
                indent + "  \(YAMLText.withoutVariables(field.name)): "
                + (values.count == 1 ? values[0] : "[\(values.joined(separator: ", "))]")
                + "\n"
        }
        return text
    }
}
