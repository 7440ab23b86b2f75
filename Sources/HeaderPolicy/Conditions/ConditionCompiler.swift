public import HTTPModel

/// Checks and compiles a `when:`, collecting all errors.
struct ConditionCompiler {
    let scope: Template.Scope
    var errors: [PolicyError] = []

    init(scope: Template.Scope) { self.scope = scope }

    mutating func compile(_ condition: Condition, names: inout FieldNames) -> CompiledCondition {
        var compiled = CompiledCondition()
        for test in condition.tests {
            refuseInRequests(test)
            switch test {
            case .any(let subject, let values): compile(subject, values, into: &compiled)
            case .requestHeader(let test): if let test = compile(test, .request, &names) { compiled.requestTests.append(test) }
            case .responseHeader(let test): if let test = compile(test, .response, &names) { compiled.responseTests.append(test) }
            case .query(let test): if let test = compile(parameter: test) { compiled.queryTests.append(test) }
            case .sample(let sample): compiled.sample = compile(sample)
            case .not(let condition): compiled.not.append(Shared(compile(condition, names: &names)))
            }
        }
        return compiled
    }

    private mutating func compile(
        _ subject: ConditionSubject, _ values: [Located<String>], into compiled: inout CompiledCondition
    ) {
        switch subject {
        case .method: for method in values { add(method: method, to: &compiled) }
        case .host: compiled.hosts = patterns(values) { text throws(PatternError) in try HostPattern(text) }
        case .path: compiled.paths = patterns(values) { text throws(PatternError) in try PathPattern(text) }
        case .scheme: for scheme in values { add(scheme: scheme, to: &compiled) }
        case .status: compiled.statuses = values.compactMap { range(of: $0) }
        case .contentType: for type in values { add(type: type, to: &compiled) }
        case .source: for source in values { add(source: source, to: &compiled) }
        case .clientIP: for block in values { add(block: block, to: &compiled) }
        }
    }

    private mutating func add(scheme: Located<String>, to compiled: inout CompiledCondition) {
        switch scheme.value {
        case "http": compiled.schemes |= 1 << Scheme.http.rawValue
        case "https": compiled.schemes |= 1 << Scheme.https.rawValue
        default: refuse("the scheme \"\(scheme.value)\" is neither http nor https", scheme.location, "write http or https")
        }
    }

    private mutating func add(type: Located<String>, to compiled: inout CompiledCondition) {
        guard let range = MediaRange(type.value) else {
            return refuse(
                "\"\(type.value)\" is not a media type", type.location,
                type.value.contains("/") && type.value.contains("*") && !type.value.contains(";")
                    ? "write `response_header: { Content-Type: { matches: '\(Self.expression(type.value))' } }`"
                    : "write it without parameters: \"text/html\", or \"image/*\"")
        }
        compiled.mediaRanges.append(range)
    }

    /// `application/*+json` as a regular expression.
    private static func expression(_ range: String) -> String {
        "^" + range.map { $0 == "*" ? "[^;]*" : $0 == "+" || $0 == "." ? "[\($0)]" : "\($0)" }.joined()
    }

    private mutating func add(source: Located<String>, to compiled: inout CompiledCondition) {
        switch source.value {
        case "upstream": compiled.sources |= 1 << ExchangeFacts.Source.upstream.rawValue
        case "proxy": compiled.sources |= 1 << ExchangeFacts.Source.proxy.rawValue
        default:
            refuse(
                "the source \"\(source.value)\" is neither upstream nor proxy", source.location,
                "write upstream for what the app answered, proxy for what Letterhead did")
        }
    }

    private mutating func add(block: Located<String>, to compiled: inout CompiledCondition) {
        guard let cidr = CIDR(block.value.utf8.span) else {
            return refuse(
                "\"\(block.value)\" is not an IP address or a block of them", block.location,
                AddressAdvice.meant(by: block.value).map { "write \"\($0)\"" } ?? "write one such as \"10.0.0.0/8\"")
        }
        compiled.clientIPs.append(cidr)
    }

    private mutating func refuse(_ message: String, _ location: SourceLocation, _ suggestion: String? = nil) {
        errors.append(PolicyError(message, at: location, suggestion: suggestion))
    }

    private mutating func refuseInRequests(_ test: ConditionTest) {
        guard scope == .request, let location = test.responseLocation else { return }
        refuse(
            "`\(test.key)` speaks of the response, which is not there yet when a request rule runs", location,
            "move the rule to `response_headers`, or test something of the request")
    }

    private mutating func add(method: Located<String>, to compiled: inout CompiledCondition) {
        switch MethodName.check(method.value) {
        case .failure(let error): errors.append(error.located(at: method.location))
        case .success(.other): compiled.otherMethods.append(Array(method.value.utf8))
        case .success(let known): compiled.methods |= 1 << UInt16(known.rawValue)
        }
    }

    private mutating func patterns<Pattern>(
        _ texts: [Located<String>], _ parse: (String) throws(PatternError) -> Pattern
    ) -> [Pattern] {
        var patterns: [Pattern] = []
        for text in texts {
            do throws(PatternError) {
                patterns.append(try parse(text.value))
            } catch {
                errors.append(error.located(at: text.location))
            }
        }
        return patterns
    }

    /// Returns the statuses of `404`, `5xx` or `400-499`. No response has one above 599.
    private mutating func range(of status: Located<String>) -> ClosedRange<UInt16>? {
        let text = status.value
        if text.utf8.count == 3, text.lowercased().hasSuffix("xx"), let hundreds = UInt16(text.prefix(1)), 1...5 ~= hundreds {
            return hundreds * 100...hundreds * 100 + 99
        }
        let bounds = text.split(separator: "-", omittingEmptySubsequences: false).map { part in
            part.utf8.count == 3 ? UInt16(part).flatMap { 100...599 ~= $0 ? $0 : nil } : nil
        }
        if bounds.count == 1, let code = bounds[0] { return code...code }
        if bounds.count == 2, let first = bounds[0], let last = bounds[1], first <= last { return first...last }
        refuse("\"\(text)\" is not a status", status.location, "write a code (404), a class (5xx) or a range (400-499)")
        return nil
    }

    private mutating func compile(
        _ test: FieldTest, _ message: Template.Scope, _ names: inout FieldNames
    ) -> CompiledFieldTest? {
        let name = test.name.value
        guard Fields.isName(name.utf8.span), !name.utf8.contains(0x2A) else {
            errors.append(FieldNameProblem.of(name).located(at: test.name.location))
            return nil
        }
        if let error = FieldTarget.check(read: name, of: message) {
            errors.append(error.located(at: test.name.location))
            return nil
        }
        return compile(test.test).map { CompiledFieldTest(id: names.intern(rule: name), name: Array(name.utf8), test: $0) }
    }

    private mutating func compile(parameter test: FieldTest) -> CompiledFieldTest? {
        var texts = [test.name]
        if case .equals(let values) = test.test { texts += values }
        for text in texts {
            guard let decoded = [UInt8](percentDecoding: text.value.utf8.span), decoded.count < text.value.utf8.count else {
                continue
            }
            refuse(
                "`query` compares what is decoded, and \"\(text.value)\" is percent-encoded", text.location,
                "write \"\(String(decoding: decoded, as: UTF8.self))\"")
            return nil
        }
        return compile(test.test).map { CompiledFieldTest(id: .unknown, name: Array(test.name.value.utf8), test: $0) }
    }

    private mutating func compile(_ test: FieldTest.Test) -> CompiledFieldTest.Test? {
        switch test {
        case .absent: return .absent
        case .present: return .present
        case .equals(let texts): return .equals(texts.map { Array($0.value.utf8) })
        case .matches(let pattern):
            do throws(RegexError) {
                return .matches(try LinearRegex(pattern.value))
            } catch {
                refuse("the regular expression \"\(pattern.value)\" is not valid: \(error)", pattern.location)
                return nil
            }
        }
    }

    private mutating func compile(_ sample: Sample) -> CompiledSample? {
        guard sample.percent >= 0, sample.percent <= 100 else {
            refuse("a sample is a percentage from 0 to 100", sample.location)
            return nil
        }
        if case .cookie(let name) = sample.key, !Fields.isName(name.utf8.span) {
            refuse("\"\(name)\" is not a cookie name", sample.location)
            return nil
        }
        return CompiledSample(sample)
    }
}

/// Methods as people write them in a configuration.
public enum MethodName {
    /// Returns the method, `other` for a token that is not a known one. Fails when the text is not a token or is a known method
    /// in another case.
    public static func check(_ text: String) -> Result<Method, PatternError> {
        guard Fields.isName(text.utf8.span), text != "*" else {
            let several = text.split { $0 == " " || $0 == "," }.map { $0.uppercased() }
            let areMethods = several.count > 1 && several.allSatisfy { Method(token: $0.utf8.span) != .other }
            return .failure(
                PatternError(
                    "\"\(text)\" is not a method",
                    suggestion: areMethods ? "write [\(several.joined(separator: ", "))]" : "write one such as GET"))
        }
        if let upper = inCapitals(text) {
            return .failure(
                PatternError("\"\(text)\" is not a method: methods are case-sensitive", suggestion: "write \(upper)"))
        }
        return .success(Method(token: text.utf8.span))
    }

    /// Returns the known method that a text is in another case; nil where it is none, or that method itself.
    public static func inCapitals(_ text: String) -> String? {
        let upper = text.uppercased()
        return text != upper && Method(token: upper.utf8.span) != .other ? upper : nil
    }
}
