package import HTTPModel
package import HeaderPolicy

/// `Letterhead-Trace`: what the rules did to a response, in the response, for a client that may know.
///
/// The lines together are a list of structured fields (RFC 9651): first the exchange (`exchange;source=upstream;…`), then one
/// string for each rule that changed something, which is where it stands (`"letterhead.yaml:12";set="Vary"`). No value of a
/// field is among it but that of `Cache-Control`, which the mark against caches replaces.
package enum TraceField {
    package static let name = "Letterhead-Trace"
    /// Bytes that all its lines together have at most: peers in front still have to take the response.
    package static let limit = 2_048
    /// For `more;rules=1234`.
    private static let reserve = 64

    /// Appends the lines to a response that has passed the stage, and keeps the response out of caches.
    ///
    /// A 304 stays as it is: what it says would be written into the cached response of others (RFC 9111 §4.3.4).
    ///
    /// - Parameter route: where the route stands; nil where none matched.
    package static func append(
        to response: inout ResponseHead, _ trace: StageTrace, rules: [Rule], facts: borrowing ExchangeFacts,
        route: SourceLocation?
    ) {
        guard response.status != 304 else { return }
        let touched = trace.steps.filter { !$0.changes.isEmpty || isStop($0) }
        var line = "exchange;id=\(quoted(facts.requestID.span.text));source=\(facts.source == .upstream ? "upstream" : "proxy")"
        if !facts.upstream.isEmpty { line += ";upstream=\(quoted(facts.upstream.span.text))" }
        if let reason = facts.reason { line += ";reason=\(quoted(reason.rawValue))" }
        if let route { line += ";route=\(place(route))" }
        line += ";rules=\(rules.count);applied=\(touched.count)"
        if let cacheControl = keepFromCaches(&response.fields) { line += ";cache-control=\(quoted(cacheControl))" }
        response.fields.append(name, line)
        var room = limit - cost(line) - reserve
        for (index, step) in touched.enumerated() {
            let line = describe(step, rules[step.rule])
            room -= cost(line)
            guard room >= 0 else {
                response.fields.append(name, "more;rules=\(touched.count - index)")
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
        var kinds: [(String, [String])] = [("added", []), ("changed", []), ("removed", []), ("moved", [])]
        for change in step.changes {
            switch change {
            case .added(let line): kinds[0].1.append(line.name)
            case .replaced(let old, let new):
                let before = old.first?.name ?? new.name
                kinds[1].1.append(before.lowercased() == new.name.lowercased() ? new.name : "\(before)>\(new.name)")
            case .removed(let line): kinds[2].1.append(line.name)
            case .moved(let line): kinds[3].1.append(line.name)
            }
        }
        for (kind, names) in kinds where !names.isEmpty { line += ";\(kind)=\(quoted(names.joined(separator: " "), limit: 200))" }
        return isStop(step) ? line + ";stop" : line
    }

    /// The file by its last name: where it lies is nobody's business.
    private static func place(_ location: SourceLocation) -> String {
        quoted("\(location.file.split(separator: "/").last ?? ""):\(location.line)")
    }

    /// A string of RFC 9651: printable ASCII, what is not becomes `?`.
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

    /// Caches in front must not keep what was written for one client: `Cache-Control` becomes `private, no-store`, and what
    /// some of them obey instead goes. Returns what `Cache-Control` was, where it changed.
    private static func keepFromCaches(_ fields: inout Fields) -> String? {
        var old: [String] = []
        for index in fields.indices where fields.id(at: index) == .cacheControl { old.append(fields.value(at: index).text) }
        fields.remove { fields, index in isForSharedCaches(fields.name(at: index)) }
        fields.remove(.cacheControl)
        fields.append("Cache-Control", "private, no-store")
        let text = old.joined(separator: ", ")
        return text == "private, no-store" ? nil : text
    }

    /// `CDN-Cache-Control`, `Cloudflare-CDN-Cache-Control` … (RFC 9213), `Surrogate-Control`, and nginx's own.
    private static func isForSharedCaches(_ name: Span<UInt8>) -> Bool {
        if name.equalsIgnoringCase("surrogate-control".utf8.span) { return true }
        if name.equalsIgnoringCase("x-accel-expires".utf8.span) { return true }
        let ending = "cdn-cache-control".utf8.span
        return name.count >= ending.count && name.extracting(last: ending.count).equalsIgnoringCase(ending)
    }
}
