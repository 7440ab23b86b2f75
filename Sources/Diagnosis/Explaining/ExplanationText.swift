import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

extension Explanation {
    /// The explanation for people: the request, every rule with its effect, the response as a difference, the verdict. It ends
    /// with a newline.
    package func text(_ style: Style) -> String {
        var lines: [String] = []
        for one in exchanges { lines += ExchangeText(one, style).lines + [""] }
        lines += verdictLines(style)
        return lines.joined(separator: "\n") + "\n"
    }

    private func verdictLines(_ style: Style) -> [String] {
        guard let verdict else {
            return [style.bold("verdict") + "  No page asks; name its origin with --origin, to hear what a browser would say."]
        }
        let sentence = shown(verdict.sentence(origin: question.origin ?? "", credentials: question.credentials))
        var lines = [style.bold("verdict") + "  " + (verdict.isFailure ? style.red(sentence) : style.green(sentence))]
        lines += verdict.notes(question.credentials).map(\.visible)
        if let note = question.localNetworkNote { lines.append("note     \(note)") }
        for advice in advice {
            let place = advice.location.map { "  [\(EffectivePolicy.place($0))]" } ?? ""
            lines.append("change   \(shown(advice.text).visible)\(style.dim(place))")
        }
        if let note = verdict.noteOnStatus { lines.append("         " + note) }
        return lines
    }
}

/// One exchange as text.
private struct ExchangeText {
    let one: ExplainedExchange
    let style: Style
    var lines: [String] = []

    private var exchange: SimulatedExchange { one.exchange }

    init(_ one: ExplainedExchange, _ style: Style) {
        self.one = one
        self.style = style
        lines.append(style.bold(one.isPreflight ? "preflight" : "request") + "  \(one.request.method) \(one.url)".visible)
        for field in one.requestFields { lines.append("  \("\(field.name): \(field.value)".visible)") }
        if let note = exchange.schemeNote { lines.append(style.bold("scheme") + "  " + style.yellow(note)) }
        lines.append(route)
        appendRequestRules()
        appendResponseRules()
        appendResponse()
        appendShadow()
    }

    private var route: String {
        let source = exchange.configuration.source
        guard let number = exchange.route else { return style.bold("route") + "  none matches" }
        let route = source.routes[number]
        var text = "\(number + 1): \(one.text(of: route).visible)  [\(EffectivePolicy.place(route.location))]"
        if exchange.facts.isPreflight { text += ", and the proxy answers the preflight" }
        return style.bold("route") + "  " + text
    }

    private mutating func appendRequestRules() {
        guard let trace = one.requestTrace, let traced = exchange.traced, !trace.steps.isEmpty else { return }
        lines.append(style.bold("request rules") + ", on what goes to the app")
        for step in trace.steps {
            let scope = exchange.configuration.scope(ofRequestRule: step.rule, listener: exchange.listener)
            append(step, of: trace, traced.requestRules, scope)
        }
    }

    private mutating func appendResponseRules() {
        guard let trace = one.responseTrace, let traced = exchange.traced else { return }
        guard !trace.steps.isEmpty else { return lines.append(style.bold("response rules") + "  none") }
        lines.append(style.bold("response rules"))
        for step in trace.steps {
            let scope = exchange.configuration.scope(ofResponseRule: step.rule, listener: exchange.listener)
            append(step, of: trace, traced.responseRules, scope)
        }
        guard let closing = trace.closing else { return }
        lines.append("  " + style.dim("after all rules, for caches"))
        for change in closing.changes { lines += text(change).map { "     " + $0 } }
    }

    private mutating func append(_ step: StageTrace.Step, of trace: StageTrace, _ rules: [Rule], _ scope: RuleScope) {
        let rule = rules[step.rule]
        lines.append(
            "  \(step.rule + 1). \(one.text(of: rule).visible)  \(style.dim("[\(EffectivePolicy.origin(rule, scope.rawValue))]"))"
        )
        if case .inShadow = step.outcome {
            // If the trial gets its answer from somewhere else, there is no run of the rule to show.
            let tried = trace.shadowSteps.first { $0.rule == step.rule }
            let told =
                tried == nil
                ? "in shadow: nothing of it is sent" : "in shadow: nothing of it is sent; enforced, it would do this:"
            lines.append("     " + style.yellow(told))
            if let tried { append(tried, indent: "       ") }
        } else {
            append(step, indent: "     ")
        }
    }

    private mutating func append(_ step: StageTrace.Step, indent: String) {
        switch step.outcome {
        case .applied, .withoutEffect, .inShadow: break
        case .stopped: lines.append(indent + style.yellow("the rules below do not run"))
        case .notReached(let other): lines.append(indent + style.dim("not reached: rule \(other + 1) ended the stage"))
        case .unmet(let unmet): lines.append(indent + style.dim("not applied: \(unmet.found.visible)"))
        }
        for change in step.changes { lines += text(change).map { indent + $0 } }
        for note in step.notes { lines.append(indent + style.dim("· \(note.visible)")) }
    }

    private func text(_ change: StageTrace.Change) -> [String] {
        func line(_ line: StageTrace.Line) -> String { "\(line.name): \(line.value)".visible }
        switch change {
        case .added(let new): return [style.green("+ \(line(new))")]
        case .removed(let old): return [style.red("- \(line(old))")]
        case .moved(let moved): return [style.dim("= \(line(moved)) (moved to the end)")]
        case .replaced(let old, let new):
            if old.count == 1, old[0].name == new.name, old[0].value == new.value {
                return [style.dim("= \(line(new)) (as it was)")]
            }
            return old.map { style.red("- \(line($0))") } + [style.green("+ \(line(new))")]
        }
    }

    private mutating func appendResponse() {
        let status = exchange.response.status
        let reason = exchange.facts.reason.map { " (\($0.rawValue))" } ?? ""
        let app = "the app" + (reason.isEmpty ? "" : ", which breaks it off\(reason)")
        let from = exchange.facts.source == .upstream ? app : "the proxy\(reason)"
        lines.append(style.bold("response") + "  \(status.rawValue) \(status.reason), made by \(from)")
        if let cause = one.cause { lines.append("  " + style.dim(cause.visible)) }
        guard let trace = one.responseTrace, let traced = exchange.traced else { return }
        for field in one.strippedFields {
            lines.append(
                style.red("  - \("\(field.name): \(field.value)".visible)") + style.dim("  of the app's connection"))
        }
        for line in Difference.lines(trace, isShort: true) {
            let text = "\(line.line.name): \(line.line.value)".visible
            let isOwnDate = line.by == .message && exchange.hasOwnDate && line.line.name == "Date"
            let who = style.dim("  " + (isOwnDate ? "proxy" : maker(line.by, traced)))
            switch line.kind {
            case .kept: lines.append("    \(text)\(who)")
            case .added: lines.append(style.green("  + \(text)") + who)
            case .removed: lines.append(style.red("  - \(text)") + who)
            }
        }
    }

    /// Shows what would differ as a whole, because a rule in shadow may also change what other rules do, and who answers.
    private mutating func appendShadow() {
        guard let differences = one.shadowDifferences else { return }
        let title = style.bold("in shadow")
        guard !differences.isEmpty else { return lines.append(title + "  nothing would differ if those rules were enforced") }
        lines.append(title + ", what would differ if those rules were enforced")
        for one in differences {
            let difference = one.difference
            let field = "\(one.part == .request ? "request " : "")\(difference.field)".visible
            let (old, new) = (difference.old.joined(separator: " | ").visible, difference.new.joined(separator: " | ").visible)
            switch difference.change {
            case .added: lines.append(style.green("  + \(field): \(new)"))
            case .removed: lines.append(style.red("  - \(field): \(old)"))
            case .changed: lines.append(style.yellow("  ~ \(field): \(old) → \(new)"))
            }
        }
    }

    private func maker(_ maker: StageTrace.Maker, _ traced: TracedPolicy) -> String {
        switch maker {
        case .message: return exchange.facts.source == .upstream ? "app" : "proxy"
        case .dependence: return "proxy, for caches: routes, debug or trusted_proxies look at these"
        case .rule(let number): return Provenance.text(number, traced.responseRules)
        }
    }
}

/// Describes in a few words which rule made a line.
enum Provenance {
    static func text(_ number: Int, _ rules: [Rule]) -> String {
        let rule = rules[number]
        var words = "rule \(number + 1)"
        if rule.action.isPolicy { words += ", \(type(of: rule.action).key)" }
        if case .preset(let name) = rule.origin { words += ", preset \(name)" }
        if case .policy(let name) = rule.origin { words += ", policy \(name)" }
        if let name = rule.name { words += " “\(name)”" }
        return words + " [\(EffectivePolicy.place(rule.location))]"
    }
}

/// The message before and after a stage, line by line, with removed lines before those that were added.
struct Difference {
    enum Kind { case kept, added, removed }

    var kind: Kind
    var line: StageTrace.Line
    /// The rule that made or removed the line, or the message.
    var by: StageTrace.Maker

    /// - Parameter isShort: leaves out a line that a rule has replaced by one of the same text, if it is the only one.
    static func lines(_ trace: StageTrace, isShort: Bool = false) -> [Difference] {
        var rewritten: Set<FieldText> = []
        var removers: [StageTrace.Line: [StageTrace.Maker]] = [:]
        for (maker, change) in trace.changes {
            switch change {
            case .removed(let line): removers[line, default: []].append(maker)
            case .replaced(let lines, let new):
                for line in lines { removers[line, default: []].append(maker) }
                if lines.map(\.field) == [new.field], trace.after.contains(new) { rewritten.insert(new.field) }
            case .added, .moved: break
            }
        }
        var result: [Difference] = []
        let came = Set(trace.before)
        let made = trace.after.filter { if case .rule = $0.maker { true } else { !came.contains($0) } }
        for line in trace.before {
            // Its new line below shows by whom.
            if isShort, rewritten.contains(line.field), trace.before.count(where: { $0.field == line.field }) == 1 { continue }
            if let remover = removers[line]?.first {
                removers[line]?.removeFirst()
                result.append(Difference(kind: .removed, line: line, by: remover))
            } else {
                result.append(Difference(kind: .kept, line: line, by: line.maker))
            }
        }
        return result + made.map { Difference(kind: .added, line: $0, by: $0.maker) }
    }
}
