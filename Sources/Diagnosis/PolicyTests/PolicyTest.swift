import HTTPModel
package import HeaderPolicy
package import ProxyCore

/// One file of policy tests.
package struct PolicyTestFile: Sendable {
    package var file: String
    /// The configuration under test, relative to this file; nil where the command line says it.
    package var configuration: Located<String>?
    package var tests: [PolicyTest] = []
}

/// A request, what the app answers, and what has to leave.
package struct PolicyTest: Sendable {
    package var name: String
    package var location: SourceLocation
    package var request: SimulatedRequest
    /// Of the page that asks; nil where none does.
    package var origin: String?
    package var credentials = PageFetch.Credentials.sameOrigin
    package var mode = PageFetch.Mode.cors
    package var listener = 0
    package var answer = SimulatedAnswer.response(status: 200, fields: [])
    package var expectations: [Located<Expectation>] = []

    package enum Expectation: Sendable {
        case status(Int)
        /// What made the response: `app` or `proxy`.
        case source(ExchangeFacts.Source)
        /// A field of the response; of the request that goes to the app where `isForwarded`.
        case field(String, Test, isForwarded: Bool)
        case verdict(Verdict)
        /// Whether the browser had to ask first.
        case preflight(Bool)
    }

    package enum Test: Sendable {
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

    package enum Verdict: Sendable, Hashable {
        case readable, opaque, refused
        /// Refused for this reason: `FetchFailure.code`.
        case failure(String)
    }
}

/// What did not hold.
package struct PolicyTestFailure: Sendable, Hashable {
    package var location: SourceLocation
    /// One sentence without a full stop.
    package var message: String
}

package struct PolicyTestResult: Sendable {
    package var test: PolicyTest
    /// Empty where it passed.
    package var failures: [PolicyTestFailure]
}
