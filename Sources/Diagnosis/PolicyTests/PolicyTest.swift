import HTTPModel
package import HeaderPolicy
import ProxyCore

/// One file of policy tests.
package struct PolicyTestFile: Sendable {
    package var file: String
    /// The configuration under test, relative to this file; nil when the command line names it.
    package var configuration: Located<String>?
    package var tests: [PolicyTest] = []
}

/// A test: a request, the app's answer, and the expected response.
package struct PolicyTest: Sendable {
    package var name: String
    package var location: SourceLocation
    package var request: SimulatedRequest
    /// The origin of the page that asks; nil when none does.
    package var origin: String?
    package var credentials = PageFetch.Credentials.sameOrigin
    package var mode = PageFetch.Mode.cors
    package var listener = 0
    package var answer = SimulatedAnswer.response(status: 200, fields: [])
    package var expectations: [Located<Expectation>] = []

    package enum Expectation: Sendable {
        case status(Int)
        /// The expected maker of the response: `app` or `proxy`.
        case source(ExchangeFacts.Source)
        /// A field of the response, or if `isForwarded`, of the request that goes to the app.
        case field(String, Test, isForwarded: Bool)
        case verdict(Verdict)
        /// Whether the browser had to send a preflight.
        case preflight(Bool)
    }

    package enum Test: Sendable {
        case absent, present
        /// There is exactly one line, with this value.
        case equals(String)
        /// The lines are these, in order.
        case lines([String])
        case matches(String, LinearRegex)
        /// There is exactly one line.
        case once
        /// The list field has these members.
        case contains([String])
    }

    package enum Verdict: Sendable, Hashable {
        case readable, opaque, refused
        /// The fetch was refused for this reason: `FetchFailure.code`.
        case failure(String)
    }
}

/// An expectation that did not hold.
package struct PolicyTestFailure: Sendable, Hashable {
    package var location: SourceLocation
    /// The message in one sentence without a full stop.
    package var message: String
}

package struct PolicyTestResult: Sendable {
    package var test: PolicyTest
    /// The failures; empty when the test passed.
    package var failures: [PolicyTestFailure]
}
