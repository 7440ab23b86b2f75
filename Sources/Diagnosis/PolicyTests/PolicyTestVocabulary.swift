package import ProxyConfig

enum TestFileKey: String, Keys {
    case config, tests
    static let section = "test_file"
}

enum TestKey: String, Keys {
    case name, request, upstream, expect
    static let section = "test"
    static let foreign = ["response": "say `upstream` for what the app answers, `expect` for what has to leave"]
}

enum TestRequestKey: String, Keys {
    case method, url, headers, origin, credentials, mode, client, listener
    static let section = "test_request"
    static let foreign = ["path": "say `url`", "fields": "say `headers`"]
}

enum TestUpstreamKey: String, Keys {
    case status, headers
    static let section = "test_upstream"
}

enum TestExpectKey: String, Keys {
    case status, source, headers, verdict, preflight
    case upstreamHeaders = "upstream_headers"
    static let section = "test_expect"
    static let foreign = ["fields": "say `headers`", "response_headers": "say `headers`"]
}

enum TestFieldKey: String, Keys {
    case equals, matches, contains, lines
    static let section = "test_field"
    static let foreign = ["regex": "say `matches`", "is": "say `equals`", "includes": "say `contains`"]
}

extension Vocabulary {
    /// The keys of test files, which `config/test-schema.json` must have, too.
    package static let testSections: [Section] = [
        section(TestFileKey.self), section(TestKey.self), section(TestRequestKey.self), section(TestUpstreamKey.self),
        section(TestExpectKey.self), section(TestFieldKey.self),
    ]
}
