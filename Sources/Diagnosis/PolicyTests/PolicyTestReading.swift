import HTTPModel
import HeaderPolicy
package import ProxyConfig
import ProxyCore

extension ConfigurationLoader {
    /// Reads a file of policy tests; errors with file, line and column as in a configuration.
    ///
    /// - Parameter needsExpectations: a test that expects nothing is an error; else it is a request with an answer.
    package func tests(path: String, needsExpectations: Bool = true) throws(ConfigurationErrors) -> PolicyTestFile {
        func failure(_ message: String) -> ConfigurationErrors {
            ConfigurationErrors([Diagnostic(.error, message, at: SourceLocation(file: path, line: 1, column: 1))])
        }
        let bytes: [UInt8]
        do {
            bytes = try readFile(path)
        } catch {
            throw failure("cannot read the tests: \(error)")
        }
        guard bytes.count <= Self.sizeLimit else {
            throw failure("the tests are larger than \(Self.sizeLimit >> 20)MB")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw failure("the tests are not in UTF-8") }
        return try tests(text: text, file: path, needsExpectations: needsExpectations)
    }

    package func tests(
        text: String, file: String, needsExpectations: Bool = true
    ) throws(ConfigurationErrors) -> PolicyTestFile {
        let (root, reading) = tree(text, file: file)
        if root == nil, !reading.hasErrors { reading.reportNoTests(at: SourceLocation(file: file, line: 1, column: 1)) }
        let tests = root.flatMap { reading.testFile($0, needsExpectations: needsExpectations) }
        guard !reading.hasErrors, let tests else { throw ConfigurationErrors(reading.sorted, omitted: reading.omitted) }
        return tests
    }
}

extension Reading {
    fileprivate func reportNoTests(at location: SourceLocation) {
        error("there are no `tests`", at: location, help: "write `tests: [{ request: /, expect: { status: 200 } }]`")
    }

    func testFile(_ root: Node, needsExpectations: Bool = true) -> PolicyTestFile? {
        guard let table = Table<TestFileKey>(root, self, for: "a file of tests") else { return nil }
        var result = PolicyTestFile(file: file)
        result.configuration = table[.config].flatMap { text($0, for: "`config`") }
        guard let node = table[.tests] else {
            if !table.hasUnknownKeys { reportNoTests(at: location(table.place)) }
            return result
        }
        let nodes = items(node, for: "`tests`")
        if nodes.isEmpty, !hasErrors { reportNoTests(at: location(table.keyPlace(.tests))) }
        result.tests = nodes.compactMap { test($0, needsExpectations) }
        return result
    }

    private func test(_ node: Node, _ needsExpectations: Bool) -> PolicyTest? {
        guard let table = Table<TestKey>(node, self, for: "a test") else { return nil }
        guard let request = table[.request] else {
            if !table.hasUnknownKeys { error("this test asks nothing", at: node.place, help: "write `request: /path`") }
            return nil
        }
        guard var test = testRequest(request) else { return nil }
        test.location = location(node.place)
        test.name = table[.name].flatMap { text($0, for: "`name`")?.value } ?? "\(test.request.method) \(test.request.target)"
        if let node = table[.upstream], let answer = answer(node) { test.answer = answer }
        guard let expect = table[.expect] else {
            guard needsExpectations else { return test }
            guard !table.hasUnknownKeys else { return nil }
            error("this test expects nothing", at: node.place, help: "write `expect: { status: 200 }`")
            return nil
        }
        test.expectations = expectations(expect)
        return test
    }

    /// Reads a path or URL, or a mapping.
    private func testRequest(_ node: Node) -> PolicyTest? {
        guard case .table = node.content else { return text(node, for: "`request`").flatMap { url($0) } }
        guard let table = Table<TestRequestKey>(node, self, for: "`request`") else { return nil }
        let target = table[.url].map { text($0, for: "`url`") } ?? Located("/", at: location(node.place))
        guard let target, var test = url(target) else { return nil }
        if let method = table[.method].flatMap({ text($0, for: "`method`") }) {
            test.request.method = method.value
            if !Fields.isName(method.value.utf8.span) {
                error("`\(method.value.abbreviated)` is not a method", at: method.location, help: "write one such as PUT")
            }
        }
        test.request.fields = table[.headers].map(fieldTexts) ?? []
        if test.request.isGRPC { test.request.version = .http2 }
        test.origin = table[.origin].flatMap(pageOrigin)
        test.credentials = table[.credentials].flatMap { word($0, for: "`credentials`") } ?? .sameOrigin
        test.mode = table[.mode].flatMap { word($0, for: "`mode`") } ?? .cors
        if let client = table[.client].flatMap(clientAddress) { test.request.client = client }
        if let listener = table[.listener].flatMap({ integer($0, for: "`listener`", in: TestRequestKey.listener.bounds) }) {
            test.listener = listener - 1
        }
        return test
    }

    private func pageOrigin(_ node: Node) -> String? {
        guard let origin = text(node, for: "`origin`") else { return nil }
        if PageOrigin.isValid(origin.value) { return origin.value }
        error(
            "`\(origin.value.abbreviated)` is not the origin of a page, which is scheme, host and port", at: origin.location,
            help: PageOrigin.help(origin.value))
        return nil
    }

    private func clientAddress(_ node: Node) -> String? {
        guard let client = text(node, for: "`client`") else { return nil }
        if IPAddress(client.value.utf8.span) != nil { return client.value }
        error(
            "`\(client.value.abbreviated)` is not an IP address without a port", at: client.location,
            help: "write one such as 203.0.113.7")
        return nil
    }

    private func url(_ text: Located<String>) -> PolicyTest? {
        if let request = SimulatedRequest(url: text.value) {
            return PolicyTest(name: "", location: text.location, request: request)
        }
        error(
            "`\(text.value.abbreviated)` is neither a path nor a URL", at: text.location,
            help: "write /path, or https://host/path for a host and scheme")
        return nil
    }

    /// Reads `{ Name: value }`, or a list of values, one for each line.
    private func fieldTexts(_ node: Node) -> [FieldText] {
        guard case .table(let entries) = node.content else {
            if !node.isMissing {
                error(
                    "`headers` is a mapping of names to values, not \(node.kind)", at: node.place,
                    help: "write `headers: { Name: value }`")
            }
            return []
        }
        return entries.flatMap { entry in
            texts(entry.value, for: "`\(entry.key.abbreviated)`").compactMap { value in
                guard Fields.isName(entry.key.utf8.span), Fields.isValue(value.value.utf8.span) else {
                    error(
                        "`\(entry.key.abbreviated): \(value.value.abbreviated)` is not a header", at: value.location,
                        help: "a name has no spaces, and a value is one line")
                    return nil
                }
                return FieldText(entry.key, value.value)
            }
        }
    }

    /// Reads a status, `down`, `timeout`, or a mapping.
    private func answer(_ node: Node) -> SimulatedAnswer? {
        guard case .table = node.content else {
            guard let word = text(node, for: "`upstream`") else { return nil }
            if let fault = fault(word.value) { return fault }
            guard word.value.utf8.contains(where: Octet.isDigit) else {
                let near = closest(to: word.value, among: ["down", "timeout", "garbage"]).map { "did you mean `\($0)`?" }
                error(
                    "a status is a whole number, not \(node.kind)", at: node.place,
                    help: near ?? "write one, or `down`, `timeout` or `{ status: …, headers: { … } }`")
                return nil
            }
            return status(node).map { .response(status: $0, fields: []) }
        }
        guard let table = Table<TestUpstreamKey>(node, self, for: "`upstream`") else { return nil }
        let status = table[.status].map { self.status($0) } ?? 200
        return status.map { .response(status: $0, fields: table[.headers].map(fieldTexts) ?? []) }
    }

    private func status(_ node: Node) -> Status? {
        integer(node, for: "a status", in: TestUpstreamKey.status.bounds).map { Status(rawValue: UInt16($0)) }
    }

    private func fault(_ word: String) -> SimulatedAnswer? {
        switch word {
        case "down": .fault(.connectFailed)
        case "timeout": .fault(.responseTimeout)
        case "garbage": .fault(.invalidResponse)
        default: nil
        }
    }

    private func expectations(_ node: Node) -> [Located<PolicyTest.Expectation>] {
        guard let table = Table<TestExpectKey>(node, self, for: "`expect`") else { return [] }
        if node.isEmpty { error("`expect` expects nothing", at: node.place, help: "write `expect: { status: 200 }`") }
        var result: [Located<PolicyTest.Expectation>] = []
        for key in table.keys {
            guard let node = table[key] else { continue }
            let place = location(table.keyPlace(key))
            switch key {
            case .status:
                if let status = integer(node, for: "`status`", in: key.bounds) {
                    result.append(Located(.status(status), at: place))
                }
            case .source:
                if let word = word(node, for: "`source`", SourceWord.self) {
                    result.append(Located(.source(word == .app ? .upstream : .proxy), at: place))
                }
            case .preflight:
                if let flag = bool(node, for: "`preflight`") { result.append(Located(.preflight(flag.value), at: place)) }
            case .verdict:
                if let verdict = verdict(node) { result.append(Located(.verdict(verdict), at: place)) }
            case .headers: result += fieldExpectations(node, isForwarded: false)
            case .upstreamHeaders: result += fieldExpectations(node, isForwarded: true)
            }
        }
        return result
    }

    private func verdict(_ node: Node) -> PolicyTest.Verdict? {
        guard let word = text(node, for: "`verdict`")?.value else { return nil }
        switch word {
        case "readable": return .readable
        case "opaque": return .opaque
        case "refused": return .refused
        case let code where FetchFailure.codes.contains(code): return .failure(code)
        default:
            let words = ["readable", "opaque", "refused"] + FetchFailure.codes
            error(
                "`\(word.abbreviated)` is no verdict", at: node.place,
                help: closest(to: word, among: words).map { "did you mean `\($0)`?" } ?? "write readable, opaque or refused")
            return nil
        }
    }

    private func fieldExpectations(_ node: Node, isForwarded: Bool) -> [Located<PolicyTest.Expectation>] {
        guard case .table(let entries) = node.content else {
            error(
                "headers are a mapping of names to what is expected, not \(node.kind)", at: node.place,
                help: "write `{ Name: value }`")
            return []
        }
        return entries.flatMap { entry in
            tests(entry).map {
                Located(.field(entry.key, $0, isForwarded: isForwarded), at: location(entry.keyPlace))
            }
        }
    }

    /// Reads a value, `absent`, `present`, `once`, a list of lines, or a mapping.
    private func tests(_ entry: Node.Entry) -> [PolicyTest.Test] {
        switch entry.value.content {
        case .table:
            guard let table = Table<TestFieldKey>(entry.value, self, for: "an expectation") else { return [] }
            return table.keys.compactMap { key in table[key].flatMap { test($0, key) } }
        case .list: return [.lines(texts(entry.value, for: "`\(entry.key.abbreviated)`").map(\.value))]
        default:
            guard let text = text(entry.value, for: "`\(entry.key.abbreviated)`")?.value else { return [] }
            switch text {
            case "absent": return [.absent]
            case "present": return [.present]
            case "once": return [.once]
            default: return [.equals(text)]
            }
        }
    }

    private func test(_ node: Node, _ key: TestFieldKey) -> PolicyTest.Test? {
        switch key {
        case .equals: return text(node, for: "`equals`").map { .equals($0.value) }
        case .lines: return .lines(texts(node, for: "`lines`").map(\.value))
        case .contains: return .contains(texts(node, for: "`contains`").map(\.value))
        case .matches:
            guard let pattern = text(node, for: "`matches`") else { return nil }
            do throws(RegexError) {
                return .matches(pattern.value, try LinearRegex(pattern.value))
            } catch {
                self.error("the regular expression `\(pattern.value.abbreviated)` is not valid: \(error)", at: pattern.location)
                return nil
            }
        }
    }
}

private enum SourceWord: String, CaseIterable { case app, proxy }
