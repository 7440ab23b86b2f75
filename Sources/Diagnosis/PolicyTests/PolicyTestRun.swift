import HTTPModel
import HeaderPolicy
package import ProxyCore

extension PolicyTest {
    /// Runs the test without sockets and with a fixed clock, so that results do not change from day to day.
    package func run(on configuration: CompiledConfiguration) -> PolicyTestResult {
        var failures: [PolicyTestFailure] = []
        do {
            let outcome = try exchange(configuration)
            for expectation in expectations {
                if let message = outcome.problem(with: expectation.value) {
                    let cookie = outcome.verdict?.cookieNote(credentials, "`credentials: include`").map { "; \($0)" } ?? ""
                    let scheme = outcome.exchange?.schemeNote.map { "; \($0)" } ?? ""
                    let note = outcome.shadowNote(on: expectation.value) + cookie + scheme
                    failures.append(PolicyTestFailure(location: expectation.location, message: message + note))
                }
            }
        } catch {
            failures.append(PolicyTestFailure(location: location, message: "\(error)"))
        }
        return PolicyTestResult(test: self, failures: failures)
    }

    private static let unixSeconds = 1_767_225_600

    private func exchange(_ configuration: CompiledConfiguration) throws -> Outcome {
        var question = DiffQuestion(self, unixSeconds: Self.unixSeconds)
        question.preflightAnswer = answer.ofPreflight()
        let played = try question.play(on: configuration)
        return Outcome(exchange: played.exchanges.last?.exchange, verdict: played.verdict)
    }
}

/// The outcome of a test's request.
private struct Outcome {
    /// The last exchange; nil when the browser sent nothing.
    var exchange: SimulatedExchange?
    var verdict: FetchVerdict?

    /// Returns what is not as expected; nil when everything is.
    func problem(with expectation: PolicyTest.Expectation) -> String? {
        switch expectation {
        case .verdict(let wanted): return problem(with: wanted)
        case .preflight(let wanted):
            let isNeeded = !(verdict?.preflightReasons.isEmpty ?? true)
            return isNeeded == wanted ? nil : wanted ? "no preflight was needed" : "a preflight was needed"
        default: break
        }
        guard let exchange else { return "the browser sent no request" }
        switch expectation {
        case .status(let wanted):
            let status = Int(exchange.response.status.rawValue)
            return status == wanted ? nil : "expected the status \(wanted), got \(status)"
        case .source(let wanted):
            return exchange.facts.source == wanted ? nil : "the response was made by the \(wanted == .proxy ? "app" : "proxy")"
        case .field(let name, let test, let isForwarded):
            if isForwarded, name.lowercased() == "host" { return test.problem(name, exchange.forwardedHost.map { [$0] } ?? []) }
            let all = isForwarded ? exchange.forwarded.texts : exchange.response.fields.texts
            return test.problem(name, all.values(of: name))
        case .verdict, .preflight: return nil
        }
    }

    /// Says of what is not as expected that rules in shadow would change it; empty when they would not.
    func shadowNote(on expectation: PolicyTest.Expectation) -> String {
        let differences = exchange?.shadowDifferences ?? []
        let isMeant: (ShadowDifference) -> Bool
        switch expectation {
        case .field(let name, _, let isForwarded):
            isMeant = { $0.part == (isForwarded ? .request : .response) && $0.difference.field.lowercased() == name.lowercased() }
        case .status: isMeant = { $0.difference.field == ":status" }
        case .source: isMeant = { $0.difference.field == ":source" }
        case .verdict: isMeant = { $0.difference.field.lowercased().hasPrefix("access-control-") }
        case .preflight: isMeant = { _ in false }
        }
        guard let one = differences.first(where: isMeant)?.difference else { return "" }
        let name = one.field.hasPrefix(":") ? "the \(one.field.dropFirst())" : one.field
        let would = one.new.isEmpty ? "take it away" : "make \(name) \(one.new.map { "\"\($0)\"" }.joined(separator: ", "))"
        return "; rules in shadow would \(would)"
    }

    private func problem(with wanted: PolicyTest.Verdict) -> String? {
        guard let verdict else { return "there is no verdict: the test names no `origin`" }
        let isMet =
            switch wanted {
            case .readable: verdict.isReadable
            case .opaque: verdict.kind == .opaque || verdict.kind == .opaqueRedirect
            case .refused: verdict.kind == .refused
            case .failure(let code): verdict.failure?.code == code
            }
        guard !isMet else { return nil }
        let got = verdict.failure.map { "refused (\($0.code))" } ?? verdict.kind.rawValue
        return "expected \(wanted.text), got \(got)"
    }
}

extension PolicyTest.Verdict {
    var text: String {
        switch self {
        case .readable: "readable"
        case .opaque: "opaque"
        case .refused: "refused"
        case .failure(let code): code
        }
    }
}

extension PolicyTest.Test {
    /// Returns what is wrong with the lines of a field; nil when nothing is.
    fileprivate func problem(_ name: String, _ values: [String]) -> String? {
        let got = values.isEmpty ? "there is no \(name)" : "\(name) is \(values.map { "\"\($0)\"" }.joined(separator: ", "))"
        switch self {
        case .absent: return values.isEmpty ? nil : "expected no \(name), but \(got)"
        case .present: return values.isEmpty ? "expected \(name), but there is none" : nil
        case .equals(let text): return values == [text] ? nil : "expected \(name): \(text), but \(got)"
        case .lines(let lines):
            return values == lines ? nil : "expected \(name) in \(counted(lines.count, "line")), but \(got)"
        case .once: return values.count == 1 ? nil : "expected \(name) exactly once, but \(got)"
        case .matches(let pattern, let regex):
            let isMatch = values.contains { regex.matches($0.utf8.span) }
            return isMatch ? nil : "expected \(name) to match `\(pattern)`, but \(got)"
        case .contains(let members):
            let isList = ListField.isList(name)
            let there = Set(values.flatMap { $0.split(separator: ",") }.map { KnownValue.trimmed($0).lowercased() })
            let missing = members.filter { member in
                !there.contains(member.lowercased()) && (isList || !values.contains { $0.contains(text: member) })
            }
            return missing.isEmpty ? nil : "expected \(missing.joined(separator: ", ")) in \(name), but \(got)"
        }
    }
}
