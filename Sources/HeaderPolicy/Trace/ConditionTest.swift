import HTTPModel

/// One of the tests of a `when:`, alone in a condition.
struct ConditionTest: Sendable {
    enum Kind: Sendable {
        case method, host, path, scheme, status, contentType, source, clientIP, requestHeader(String), responseHeader(String)
        case sample, not
    }

    var kind: Kind
    var condition: Condition

    /// The tests in the order in which people read them.
    static func all(of condition: Condition) -> [ConditionTest] {
        var tests: [ConditionTest] = []
        func add(_ kind: Kind, if isThere: Bool, _ change: (inout Condition) -> Void) {
            guard isThere else { return }
            var alone = Condition(location: condition.location)
            change(&alone)
            tests.append(ConditionTest(kind: kind, condition: alone))
        }
        add(.method, if: !condition.methods.isEmpty) { $0.methods = condition.methods }
        add(.host, if: !condition.hosts.isEmpty) { $0.hosts = condition.hosts }
        add(.path, if: !condition.paths.isEmpty) { $0.paths = condition.paths }
        add(.scheme, if: !condition.schemes.isEmpty) { $0.schemes = condition.schemes }
        add(.status, if: !condition.statuses.isEmpty) { $0.statuses = condition.statuses }
        add(.source, if: !condition.sources.isEmpty) { $0.sources = condition.sources }
        add(.contentType, if: !condition.contentTypes.isEmpty) { $0.contentTypes = condition.contentTypes }
        add(.clientIP, if: !condition.clientIPs.isEmpty) { $0.clientIPs = condition.clientIPs }
        for test in condition.requestHeaders { add(.requestHeader(test.name.value), if: true) { $0.requestHeaders = [test] } }
        for test in condition.responseHeaders { add(.responseHeader(test.name.value), if: true) { $0.responseHeaders = [test] } }
        add(.sample, if: condition.sample != nil) { $0.sample = condition.sample }
        for inner in condition.not { add(.not, if: true) { $0.not = [inner] } }
        return tests
    }

    /// What the message has where the test looks.
    func found(
        _ fields: borrowing Fields, _ status: Status?, _ message: CompiledCondition.Message, _ facts: borrowing ExchangeFacts
    ) -> String {
        switch kind {
        case .method:
            if message.asksOfPreflight, let line = facts.request.fields.firstIndex(of: .accessControlRequestMethod) {
                return "the preflight asks for \(facts.request.fields.value(at: line).text)"
            }
            return "the method is \(facts.request.methodToken.text)"
        case .host: return "the host is \(facts.request.hostname.text)"
        case .path: return "the path is \(facts.request.path.text)"
        case .scheme: return "the scheme is \(facts.request.scheme.text)"
        case .status: return "the status is \(message.status.rawValue)"
        case .contentType: return Self.value(of: "Content-Type", fields)
        case .source: return "the response was made by the \(facts.source == .proxy ? "proxy" : "upstream")"
        case .clientIP: return "the client is \(facts.clientAddress.span.text)"
        case .requestHeader(let name):
            return status == nil ? Self.value(of: name, fields) : Self.value(of: name, facts.request.fields)
        case .responseHeader(let name): return Self.value(of: name, fields)
        case .sample: return "the client is not in the sample"
        case .not: return "what it excludes is the case"
        }
    }

    private static func value(of name: String, _ fields: borrowing Fields) -> String {
        let wanted = name.utf8.span
        var values: [String] = []
        for index in fields.indices where fields.name(at: index).equalsIgnoringCase(wanted) {
            values.append(fields.value(at: index).text)
        }
        return values.isEmpty ? "there is no \(name)" : "\(name) is \(values.joined(separator: " | "))"
    }
}
