import HTTPModel
import HeaderPolicy
package import ProxyConfig
import ProxyCore

/// Checks a configuration that would run for things that will surprise.
package struct Linter {
    let configuration: Configuration
    private(set) var found: [Finding] = []
    private var seen: Set<Finding> = []
    /// The sites of the hosts of routes without rules that were checked for a listener.
    private var reached: Set<Set<String>> = []

    /// Rules in shadow are left out, because they do not act.
    init(_ configuration: Configuration) {
        var configuration = configuration
        configuration.dropShadow()
        for index in configuration.listeners.indices { configuration.listeners[index].dropShadow() }
        for index in configuration.routes.indices { configuration.routes[index].dropShadow() }
        self.configuration = configuration
    }

    /// Returns the findings of the loader and of the checks, in the order of the file.
    package static func findings(of outcome: ConfigurationLoader.Outcome) -> [Finding] {
        var findings = outcome.diagnostics.map { diagnostic in
            Finding(diagnostic.code ?? (diagnostic.severity == .error ? .unreadable : .loaderWarning), diagnostic)
        }
        if let configuration = outcome.configuration {
            var linter = Linter(configuration)
            linter.run()
            // A place that the loader has reported already needs no second report.
            let said = Set(findings.map(\.diagnostic.location))
            for var finding in linter.found where finding.code != .ignoredValue || !said.contains(finding.diagnostic.location) {
                let place = finding.diagnostic.location
                finding.diagnostic.line = outcome.source?.line(place.line).string
                // A dollar that is written twice is meant.
                if finding.code == .foreignVariable, finding.diagnostic.line?.contains(text: "$$") ?? false { continue }
                finding.diagnostic.hide(outcome.filled)
                finding.diagnostic.width = outcome.widths[place] ?? 1
                findings.append(finding)
            }
        }
        return findings.enumerated().sorted { left, right in
            let (a, b) = (left.element.diagnostic.location, right.element.diagnostic.location)
            return (a.file, a.line, a.column, left.offset) < (b.file, b.line, b.column, right.offset)
        }.map(\.element)
    }

    mutating func warn(_ code: LintCode, _ message: String, at location: SourceLocation, _ help: String? = nil) {
        note(Finding(code, Diagnostic(.warning, message, at: location, suggestion: help)))
    }

    /// Reports a configuration that would run, but let somebody in.
    mutating func fault(_ code: LintCode, _ message: String, at location: SourceLocation, _ help: String? = nil) {
        note(Finding(code, Diagnostic(.error, message, at: location, suggestion: help)))
    }

    /// Reports something that is not wrong, but could be written better.
    mutating func advise(_ code: LintCode, _ message: String, at location: SourceLocation, _ help: String? = nil) {
        note(Finding(code, Diagnostic(.note, message, at: location, suggestion: help)))
    }

    private mutating func note(_ finding: Finding) {
        if seen.insert(finding).inserted { found.append(finding) }
    }

    /// Whether the proxy, or something in front of it, may speak TLS with browsers.
    var mayBeHTTPS: Bool { configuration.mayBeHTTPS }

    private mutating func run() {
        checkSettings()
        checkRoutes()
        checkVariables()
        for (number, listener) in configuration.listeners.enumerated() { check(listener, isFirst: number == 0) }
    }

    /// Checks the rules of a listener. Findings about a rule by itself are reported once; for a rule of several routes, with the
    /// first of them. Only the interplay of rules is checked for each route that has any.
    private mutating func check(_ listener: Listener, isFirst: Bool) {
        let common = configuration.responseHeaders + listener.responseHeaders
        var response = RuleOrder()
        var request = RuleOrder()
        var hasPlainRoute = false
        reached = []
        for (number, route) in configuration.routes.enumerated() {
            if number == 0 { checkOrder([configuration.responseHeaders, listener.responseHeaders], after: &response) }
            var order = response
            checkOrder([route.responseHeaders], after: &order)
            let isPlain = route.responseHeaders.isEmpty
            if !isPlain || !hasPlainRoute {
                var new = isFirst ? common.count : common.count + route.responseHeaders.count
                if number == 0 { new = isFirst ? 0 : configuration.responseHeaders.count }
                check(common + route.responseHeaders, from: new, on: route)
                hasPlainRoute = hasPlainRoute || isPlain
            }
            if isPlain {
                let sites = Self.sites(of: route)
                if reached.insert(sites).inserted { checkReach(common, sites) }
            }
            if number == 0 { checkOrder([configuration.requestHeaders, listener.requestHeaders], after: &request) }
            order = request
            checkOrder([route.requestHeaders], after: &order)
        }
    }

    /// - Parameter new: the index of the first rule that was not checked before.
    private mutating func check(_ rules: [Rule], from new: Int, on route: Route) {
        checkCORS(rules, from: new)
        checkCaching(rules)
        checkCookies(rules, from: new, on: route)
        for (number, rule) in rules.enumerated() {
            if number >= new { checkCondition(rule, on: route) }
            for field in rule.writtenFields {
                if number >= new { checkValue(field, of: rule, among: rules) } else { checkNonceCaching(field, of: rule, rules) }
            }
        }
    }
}

extension Rule {
    var writtenFields: [FieldValue] { action.writtenFields }

    var isFromPreset: Bool { if case .preset = origin { true } else { false } }

    var presetName: String? { if case .preset(let name) = origin { name } else { nil } }

    /// Whether the rule runs for every message.
    var isUnconditional: Bool { condition == nil }
}
