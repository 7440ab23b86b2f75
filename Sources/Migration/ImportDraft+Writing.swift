import HeaderPolicy
import ProxyConfig

extension ImportDraft {
    /// Returns the text, which loads: parts that the loader refuses are removed and noted, until it refuses nothing.
    ///
    /// - Throws: the errors in places that cannot be removed.
    mutating func written() throws(ConfigurationErrors) -> String {
        // Files that the output names are checked by `letterhead check`, on the machine that runs it.
        let loader = ConfigurationLoader(environment: [:]) { _ in [] }
        while true {
            let lines = ImportText(self).lines
            let text = lines.map(\.text).joined(separator: "\n") + "\n"
            let outcome = loader.read(text: text, file: "letterhead.yaml")
            if outcome.configuration != nil { return text }
            var reasons: [Subject: String] = [:]
            for diagnostic in outcome.diagnostics where diagnostic.severity == .error {
                guard lines.indices.contains(diagnostic.location.line - 1),
                    let subject = lines[diagnostic.location.line - 1].subject
                else { continue }
                reasons[subject] = reasons[subject] ?? diagnostic.message
            }
            // Only one is dropped at a time, because dropping a route or a listener moves the numbers of those after it.
            guard let (subject, reason) = reasons.min(by: { $0.value < $1.value }) else {
                throw ConfigurationErrors(outcome.diagnostics, omitted: outcome.omitted)
            }
            drop(subject, because: "not taken over: \(reason)")
        }
    }

    /// Whether the loader takes a test of a route.
    static func loads(_ test: NginxTest) -> Bool {
        let text = "routes:\n  - when: \(NginxCondition(test).yaml ?? "{}")\n    respond: 403\n"
        return ConfigurationLoader(environment: [:]) { _ in [] }.read(text: text, file: "letterhead.yaml").configuration != nil
    }
}
