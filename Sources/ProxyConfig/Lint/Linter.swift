import HTTPModel
import HeaderPolicy
import ProxyCore

/// Looks at a configuration that would run for what will surprise.
public struct Linter {
    let configuration: Configuration
    private(set) var found: [Finding] = []
    private var seen: Set<Finding> = []
    /// While the order of rules is looked at: the scope, and where its rules so far are.
    var depth = 0
    var own: Set<SourceLocation> = []

    init(_ configuration: Configuration) { self.configuration = configuration }

    /// What the loader and the checks have found, in the order of the file.
    public static func findings(of outcome: ConfigurationLoader.Outcome) -> [Finding] {
        var findings = outcome.diagnostics.map { diagnostic in
            Finding(diagnostic.code ?? (diagnostic.severity == .error ? .unreadable : .loaderWarning), diagnostic)
        }
        if let configuration = outcome.configuration {
            var linter = Linter(configuration)
            linter.run()
            // What the loader has said of a place already needs no second word.
            let said = Set(findings.map(\.diagnostic.location))
            for var finding in linter.found where finding.code != .ignoredValue || !said.contains(finding.diagnostic.location) {
                let place = finding.diagnostic.location
                finding.diagnostic.line = outcome.source?.line(place.line).string
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

    /// It would run, and let somebody in.
    mutating func fault(_ code: LintCode, _ message: String, at location: SourceLocation, _ help: String? = nil) {
        note(Finding(code, Diagnostic(.error, message, at: location, suggestion: help)))
    }

    /// Nothing is wrong, and it could be said better.
    mutating func advise(_ code: LintCode, _ message: String, at location: SourceLocation, _ help: String? = nil) {
        note(Finding(code, Diagnostic(.note, message, at: location, suggestion: help)))
    }

    private mutating func note(_ finding: Finding) {
        if seen.insert(finding).inserted { found.append(finding) }
    }

    /// Somebody in front of the proxy, or the proxy itself, speaks TLS with browsers.
    var mayBeHTTPS: Bool { !configuration.trustedProxies.isEmpty || configuration.listeners.contains { $0.tls != nil } }

    private mutating func run() {
        checkSettings()
        checkRoutes()
        for listener in configuration.listeners {
            for route in configuration.routes {
                check([configuration.responseHeaders, listener.responseHeaders, route.responseHeaders], on: route)
                checkOrder([configuration.requestHeaders, listener.requestHeaders, route.requestHeaders])
            }
        }
    }

    private mutating func check(_ scopes: [[Rule]], on route: Route) {
        checkOrder(scopes)
        let rules = scopes.flatMap { $0 }
        checkCORS(rules)
        checkCaching(rules)
        checkCookies(rules, on: route)
        for rule in rules {
            checkCondition(rule, on: route)
            for field in rule.writtenFields { checkValue(field, of: rule, among: rules) }
        }
    }
}

extension Rule {
    /// The fields that `set`, `add` or `merge` write.
    var writtenFields: [FieldValue] {
        switch action {
        case .set(let fields), .add(let fields), .merge(let fields): fields
        case .remove, .rename, .edit, .cors, .cookies, .stop: []
        }
    }

    var isFromPreset: Bool { if case .preset = origin { true } else { false } }

    var presetName: String? { if case .preset(let name) = origin { name } else { nil } }

    /// It runs for every message.
    var isUnconditional: Bool { condition == nil }
}
