package import ProxyConfig

enum TestFileKey: String, Keys {
    case config, tests
    static let section = "test_file"
    static let foreign = Dictionary(
        uniqueKeysWithValues: ["listen", "admin", "upstreams", "routes", "request_headers", "response_headers"].map {
            ($0, "this is a configuration, not a file of tests: `letterhead check --config FILE` reads it")
        })
    static let sentence = "Policy tests: run them with `letterhead test FILE`."

    var declaration: KeyDeclaration {
        switch self {
        case .config: .init(.text, "The configuration under test, relative to this file; --config overrides it.")
        case .tests: .init(.defined("tests"), isRequired: true, "What has to be so.")
        }
    }
}

enum TestKey: String, Keys {
    case name, request, upstream, expect
    static let section = "test"
    static let sentence = "A request, what the app answers, and what has to leave."
    static let foreign = ["response": "say `upstream` for what the app answers, `expect` for what has to leave"]

    var declaration: KeyDeclaration {
        switch self {
        case .name: .init(.text, "How reports call it; left out, by its request.")
        case .request:
            .init(
                .either(.text, .defined("test_request")), isRequired: true, "A path or URL, asked for with GET; or a mapping.")
        case .upstream:
            .init(
                .either(.integer(200...599), .either(.words(["down", "timeout", "garbage"]), .defined("test_upstream"))),
                "What the app answers; 200 without fields where it is left out.")
        case .expect: .init(.defined("test_expect"), isRequired: true, "What has to leave.")
        }
    }
}

enum TestRequestKey: String, Keys {
    case method, url, headers, origin, credentials, mode, client, listener
    static let section = "test_request"
    static let foreign = ["fields": "say `headers`"]

    var declaration: KeyDeclaration {
        switch self {
        case .method: .init(.text, default: "GET", "The method.")
        case .url: .init(.text, default: "/", "A path, or a whole URL for its host and scheme.", words: ["path"])
        case .headers: .init(.defined("fields"), "Fields of the request.")
        case .origin:
            .init(.text, "Of the page that asks: then the test goes through preflight and verdict as a browser does.")
        case .credentials:
            .init(
                .words(["omit", "same-origin", "include"]), default: "same-origin", "Whether cookies go along, as with `fetch`.")
        case .mode: .init(.words(["cors", "no-cors", "navigate"]), default: "cors", "What the page wants, as with `fetch`.")
        case .client: .init(.text, default: "127.0.0.1", "The client's address.")
        case .listener: .init(.integer(1...1000), default: "1", "Counted from 1.")
        }
    }
}

enum TestUpstreamKey: String, Keys {
    case status, headers
    static let section = "test_upstream"

    var declaration: KeyDeclaration {
        switch self {
        case .status: .init(.integer(200...599), default: "200", "Of the app's response.")
        case .headers: .init(.defined("fields"), "Fields of the app's response.")
        }
    }
}

enum TestExpectKey: String, Keys {
    case status, source, headers, verdict, preflight
    case upstreamHeaders = "upstream_headers"
    static let section = "test_expect"
    static let form = MappingForm.filled
    static let foreign = [
        "cors": "say `verdict: readable`", "body": "the body stays as the app made it; say `status` or `headers`",
        "error": "say `verdict: refused`, or why",
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .status: .init(.integer(200...599), "Of the response that leaves.")
        case .source: .init(.words(["app", "proxy"]), "What made the response.")
        case .headers:
            .init(.defined("expectations"), "Of the response as it leaves.", words: ["fields", "response_headers"])
        case .verdict: .init(.text, "readable, opaque, refused, or why it is refused, such as allow_origin_missing.")
        case .preflight: .init(.flag, "Whether the browser had to ask first.")
        case .upstreamHeaders: .init(.defined("expectations"), "Of the request as the app gets it.")
        }
    }
}

enum TestFieldKey: String, Keys {
    case equals, matches, contains, lines
    static let section = "test_field"

    var declaration: KeyDeclaration {
        switch self {
        case .equals: .init(.text, "The only line has this value.", words: ["is"])
        case .matches: .init(.text, "A regular expression finds a match in a line.", words: ["regex"])
        case .contains:
            .init(
                .defined("lines"), "Members of a list of words, such as `Vary`; parts of the text of any other.",
                words: ["includes"]
            )
        case .lines: .init(.defined("lines"), "Exactly these lines, in order.")
        }
    }
}

extension Vocabulary {
    /// The keys of test files.
    package static var testSections: [Section] {
        [
            section(TestFileKey.self), section(TestKey.self), section(TestRequestKey.self), section(TestUpstreamKey.self),
            section(TestExpectKey.self), section(TestFieldKey.self),
        ]
    }
}
