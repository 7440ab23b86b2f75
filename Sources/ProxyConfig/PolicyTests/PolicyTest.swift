import HTTPModel
public import HeaderPolicy
public import ProxyCore

/// One file of policy tests.
public struct PolicyTestFile: Sendable {
    public var file: String
    /// The configuration under test, relative to this file; nil where the command line says it.
    public var configuration: Located<String>?
    public var tests: [PolicyTest] = []
}

/// A request, what the app answers, and what has to leave.
public struct PolicyTest: Sendable {
    public var name: String
    public var location: SourceLocation
    public var request: SimulatedRequest
    /// Of the page that asks; nil where none does.
    public var origin: String?
    public var credentials = PageFetch.Credentials.sameOrigin
    public var mode = PageFetch.Mode.cors
    public var listener = 0
    public var answer = SimulatedAnswer.response(status: 200, fields: [])
    public var expectations: [Located<Expectation>] = []

    public enum Expectation: Sendable {
        case status(Int)
        /// What made the response: `app` or `proxy`.
        case source(ExchangeFacts.Source)
        /// A field of the response; of the request that goes to the app where `isForwarded`.
        case field(String, Test, isForwarded: Bool)
        case verdict(Verdict)
        /// Whether the browser had to ask first.
        case preflight(Bool)
    }

    public enum Test: Sendable {
        case absent, present
        /// The only line has this value.
        case equals(String)
        /// The lines, in order.
        case lines([String])
        case matches(String, LinearRegex)
        /// There is one line.
        case once
        /// A list field has these members.
        case contains([String])
    }

    public enum Verdict: Sendable, Hashable {
        case readable, opaque, refused
        /// Refused for this reason: `FetchFailure.code`.
        case failure(String)
    }
}

/// What did not hold.
public struct PolicyTestFailure: Sendable, Hashable {
    public var location: SourceLocation
    /// One sentence without a full stop.
    public var message: String
}

public struct PolicyTestResult: Sendable {
    public var test: PolicyTest
    /// Empty where it passed.
    public var failures: [PolicyTestFailure]
}
