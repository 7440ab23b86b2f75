import Diagnosis
import HeaderPolicy
import ProxyConfig
import ProxyCore

struct Check: Command {
    static let configuration = CommandConfiguration(
        commandName: "check", aliases: ["validate"],
        abstract: "Read the configuration and say what is wrong with it, and what will surprise.",
        discussion: """
            Every finding has a stable code, which config/reference/lint.md explains.
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

    @Flag(help: "Grade each route's security fields offline, by the published rules of MDN's HTTP Observatory.")
    var grade = false

    enum Form: String, ArgumentValue, CaseIterable { case text, json, sarif }

    func run() async throws {
        let outcome = ConfigurationLoader.standard.read(path: try source.file())
        let findings = Linter.findings(of: outcome)
        switch format {
        case .text: try writeText(outcome, findings)
        case .json: Terminal.writeLine(findings.json.written())
        case .sarif: Terminal.writeLine(findings.sarif(version: Letterhead.version).written())
        }
        if findings.contains(where: { $0.diagnostic.severity == .error }) { throw ExitCode(2) }
        if strict, findings.contains(where: { $0.diagnostic.severity != .note }) { throw ExitCode(1) }
    }

    private func writeText(_ outcome: ConfigurationLoader.Outcome, _ findings: [Finding]) throws {
        guard let configuration = outcome.configuration else {
            StandardError.write(ConfigurationErrors(outcome.diagnostics, omitted: outcome.omitted).description)
            return
        }
        StandardError.write(findings.text())
        if isPrinting {
            Terminal.writeLine(EffectivePolicy.describe(configuration))
        } else if grade {
            try printGrades(configuration)
        } else if !findings.contains(where: { $0.diagnostic.severity == .error }) {
            let count = findings.count { $0.diagnostic.severity == .warning }
            let warnings = count == 0 ? "" : ", \(count) \(count == 1 ? "warning" : "warnings")"
            let (routes, upstreams) = (configuration.routes.count, configuration.upstreams.count)
            Terminal.writeLine(
                "ok: \(routes) route\(routes == 1 ? "" : "s"), \(upstreams) upstream\(upstreams == 1 ? "" : "s")\(warnings)")
        }
    }

    private func printGrades(_ configuration: Configuration) throws {
        let compiled = try source.compile()
        for result in Grade.results(of: compiled) {
            let (route, score) = (configuration.routes[result.route], result.score)
            Terminal.writeLine(
                "route \(result.route + 1) [\(route.location.file):\(route.location.line)]: \(score.letter) (\(score.points))")
            for mark in score.marks where mark.points != 0 {
                let points =
                    mark.points > 0 ? "+\(mark.points)\(score.countsBonus ? "" : ", counted from 90 on")" : "\(mark.points)"
                Terminal.writeLine("  \(mark.text) (\(points))")
            }
        }
        let leftOut = Grade.leftOut + (Grade.tellsRedirection(compiled) ? [] : [Grade.redirectionLeftOut])
        Terminal.writeLine(
            "by the rules of MDN's HTTP Observatory \(Observatory.version); left out: \(leftOut.joined(separator: "; "))")
    }
}
