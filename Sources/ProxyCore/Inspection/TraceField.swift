public import HTTPModel
public import HeaderPolicy

/// `Letterhead-Trace`: the effects of the rules on a response, written in the response for a client that may see them.
///
/// The lines together are a list of structured fields (RFC 9651): first the exchange (`exchange;source=upstream;…`), then one
/// string for each rule that changed something, with its place (`"letterhead.yaml:12";set="Vary"`). It contains no value of a
/// field except that of `Cache-Control`, which is replaced to keep caches away.
public enum TraceField {
    public static let name = "Letterhead-Trace"
    /// The largest size in bytes of all its lines together, because peers in front still have to accept the response.
    public static let limit = 2_048
    /// The bytes that are reserved for `more;rules=1234`.
    private static let reserve = 64

    /// Appends the lines to a response that has passed the stage, and keeps the response out of caches.
    ///
    /// A 304 stays as it is, because its fields would be written into the cached response of others (RFC 9111 §4.3.4).
    ///
    /// - Parameter route: the location of the route; nil when none matched.
    public static func append(
        to response: inout ResponseHead, _ trace: StageTrace, rules: [Rule], facts: borrowing ExchangeFacts,
        route: SourceLocation?
    ) {
        guard response.status != 304 else { return }
        var told = trace.steps.filter { !$0.changes.isEmpty || isStop($0) }.map { describe($0, rules[$0.rule]) }
        let applied = trace.steps.filter { trace.isChanging($0) || isStop($0) }.count
        if let closing = trace.closing { told.append(describe(closing, rules)) }
        var line = "exchange;id=\(quoted(facts.requestID.span.text));source=\(facts.source == .upstream ? "upstream" : "proxy")"
        if !facts.upstream.isEmpty { line += ";upstream=\(quoted(facts.upstream.span.text))" }
        if let reason = facts.reason { line += ";reason=\(quoted(reason.rawValue))" }
        if let route { line += ";route=\(place(route))" }
        line += ";rules=\(rules.enforced.count);applied=\(applied)"
        if let cacheControl = keepFromCaches(&response.fields) { line += ";cache-control=\(quoted(cacheControl))" }
        response.fields.append(name, line)
        var room = limit - cost(line) - reserve
        for (index, line) in told.enumerated() {
            room -= cost(line)
            guard room >= 0 else {
                response.fields.append(name, "more;rules=\(told.count - index)")
                return
            }
            response.fields.append(name, line)
        }
    }

    private static func cost(_ line: String) -> Int { line.utf8.count + name.utf8.count + 4 }

    private static func isStop(_ step: StageTrace.Step) -> Bool {
        if case .stopped = step.outcome { true } else { false }
    }

    private static func describe(_ step: StageTrace.Step, _ rule: Rule) -> String {
        var line = place(rule.location)
        if let name = rule.name { line += ";name=\(quoted(name))" }
        switch rule.origin {
        case .configuration: break
        case .preset(let name): line += ";preset=\(quoted(name))"
        case .policy(let name): line += ";policy=\(quoted(name))"
        }
        line += names(step.changes)
        return isStop(step) ? line + ";stop" : line
    }

    private static func describe(_ closing: StageTrace.Closing, _ rules: [Rule]) -> String {
        var line = "end"
        if case .rule(let number) = closing.maker { line += ";for=\(place(rules[number].location))" }
        return line + names(closing.changes)
    }

    /// Returns the names of the changed fields as parameters.
    private static func names(_ changes: [StageTrace.Change]) -> String {
        var kinds: [(String, [String])] = [("added", []), ("changed", []), ("removed", []), ("moved", [])]
        for change in changes {
            switch change {
            case .added(let line): kinds[0].1.append(line.name)
            case .replaced(let old, let new):
                let before = old.first?.name ?? new.name
                kinds[1].1.append(before.lowercased() == new.name.lowercased() ? new.name : "\(before)>\(new.name)")
            case .removed(let line): kinds[2].1.append(line.name)
            case .moved(let line): kinds[3].1.append(line.name)
            }
        }
        return kinds.filter { !$0.1.isEmpty }.map { ";\($0)=\(quoted($1.joined(separator: " "), limit: 200))" }.joined()
    }

    /// Returns the place with only the last part of the file's path, so that its folder is not revealed.
    private static func place(_ location: SourceLocation) -> String {
        quoted("\(location.file.split(separator: "/").last ?? ""):\(location.line)")
    }

    /// Returns a string of RFC 9651, in which everything but printable ASCII becomes `?`.
    static func quoted(_ text: String, limit: Int = 100) -> String {
        var result = "\""
        for (count, scalar) in text.unicodeScalars.enumerated() {
            guard count < limit else {
                result += "..."
                break
            }
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\u{20}"..."\u{7E}": result.unicodeScalars.append(scalar)
            default: result += "?"
            }
        }
        return result + "\""
    }

    // MARK: Caches

    /// Keeps caches in front from storing what was written for one client: `Cache-Control` becomes `private, no-store`, and the
    /// fields that some caches obey instead are removed. Returns the former `Cache-Control` if it changed.
    private static func keepFromCaches(_ fields: inout Fields) -> String? {
        var old: [String] = []
        for index in fields.indices where fields.id(at: index) == .cacheControl { old.append(fields.value(at: index).text) }
        fields.remove { fields, index in isForSharedCaches(fields.name(at: index)) }
        fields.remove(.cacheControl)
        fields.append("Cache-Control", "private, no-store")
        let text = old.joined(separator: ", ")
        return text == "private, no-store" ? nil : text
    }

    /// Whether the field is `CDN-Cache-Control`, `Cloudflare-CDN-Cache-Control` … (RFC 9213), `Surrogate-Control`, or nginx's
    /// own.
    private static func isForSharedCaches(_ name: Span<UInt8>) -> Bool {
        if name.equalsIgnoringCase("surrogate-control".utf8.span) { return true }
        if name.equalsIgnoringCase("x-accel-expires".utf8.span) { return true }
        let ending = "cdn-cache-control".utf8.span
        return name.count >= ending.count && name.extracting(last: ending.count).equalsIgnoringCase(ending)
    }
}
