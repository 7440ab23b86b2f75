import Diagnosis
import HeaderPolicy
import ProxyConfig
import ProxyCore

struct Check: Command {
    static let configuration = CommandConfiguration(
        commandName: "check", aliases: ["validate"],
        abstract: "Read the configuration and say what is wrong with it, and what will surprise.",
        discussion: """
            Every finding has a stable code, which \(Documentation.reference("lint.md")) explains.
            Exit code 0: it would run. 1: it would, and --strict was asked and there are warnings. 2: it would not run.
            """)

    @OptionGroup var source: ConfigurationOption

    @Flag(
        name: .customLong("print"), help: "Print, for each route, the numbered list of rules that applies and where each is from."
    )
    var isPrinting = false

    @Option(help: "text, json or sarif.")
    var format = Form.text

    @Flag(help: "Warnings count as failures: exit code 1.")
    var strict = false

    @Flag(help: "Grade each route's security headers offline, by the published rules of MDN's HTTP Observatory.")
    var grade = false

    enum Form: String, ArgumentValue, CaseIterable { case text, json, sarif }

    func validate() throws(ValidationError) {
        guard format == .sarif, isPrinting || grade else { return }
        throw ValidationError("a SARIF report has findings alone: --print and --grade are for --format text and json")
    }

    func run() async throws {
        let outcome = ConfigurationLoader.standard.read(path: try source.file())
        let findings = Linter.findings(of: outcome)
        let isGood = !findings.contains { $0.diagnostic.severity == .error }
        switch format {
        case .text: writeText(outcome, findings)
        case .json: Terminal.writeLine(json(outcome, findings).written())
        case .sarif: Terminal.writeLine(findings.sarif(version: Letterhead.version).written())
        }
        if !isGood { throw ExitCode(2) }
        if strict, findings.contains(where: { $0.diagnostic.severity != .note }) { throw ExitCode(1) }
    }

    private func writeText(_ outcome: ConfigurationLoader.Outcome, _ findings: [Finding]) {
        guard let configuration = outcome.configuration else {
            StandardError.write(ConfigurationErrors(outcome.diagnostics, omitted: outcome.omitted).description)
            return
        }
        StandardError.write(findings.text())
        if isPrinting { Terminal.writeLine(EffectivePolicy.describe(configuration)) }
        if grade, let compiled = try? outcome.compiled() { Terminal.write(Grade.text(of: compiled)) }
        if !isPrinting, !grade, !findings.contains(where: { $0.diagnostic.severity == .error }) {
            let count = findings.count { $0.diagnostic.severity == .warning }
            let warnings = count == 0 ? "" : ", \(counted(count, "warning"))"
            let (routes, upstreams) = (configuration.routes.count, configuration.upstreams.count)
            Terminal.writeLine("ok: \(counted(routes, "route")), \(counted(upstreams, "upstream"))\(warnings)")
        }
    }

    /// The findings, or if more is asked for, an object with the findings and the rest. The rest is null for a file with errors.
    private func json(_ outcome: ConfigurationLoader.Outcome, _ findings: [Finding]) -> JSONText {
        guard isPrinting || grade else { return findings.json }
        var entries = [("findings", findings.json)]
        if isPrinting { entries.append(("policy", outcome.configuration.map(PolicyJSON.json) ?? .null)) }
        if grade { entries.append(("grades", (try? outcome.compiled()).map(Grade.json) ?? .null)) }
        return .object(entries)
    }
}
