import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import Testing

/// A secret that stands in the configuration, in whatever condition or action, is in nothing that the inspector shows, nor in an
/// explanation that hides secrets.
@Suite struct HiddenSecretTests {
    static let secret = "k3y-of-the-gate"

    /// Keys of a file, with `@` for the secret.
    static let policies = [
        "routes: [{ when: { request_header: { X-Api-Key: \"@\" } }, upstream: app }, { respond: 403 }]",
        "routes: [{ when: { not: { request_header: { X-Api-Key: \"@\" } } }, respond: 403 }, { upstream: app }]",
        "routes: [{ when: { request_header: { X-Api-Key: { matches: \"^@$\" } } }, respond: 403 }, { upstream: app }]",
        "routes: [{ when: { not: { request_header: { Authorization: \"Bearer @\" } } }, respond: 403 }, { upstream: app }]",
        "routes: [{ path: /none, redirect: \"https://a.example/?token=@\" }, { upstream: app }]",
        "request_headers: [{ set: { X-A: 1 }, when: { request_header: { X-Api-Key: \"@\" } } }]",
        "request_headers: [{ set: { X-A: 1 }, when: { not: { request_header: { X-Api-Key: [a, \"@\"] } } } }]",
        "request_headers: [{ set: { X-A: 1 }, shadow: true, when: { request_header: { X-Api-Key: { matches: \"@\" } } } }]",
        "response_headers: [{ set: { X-A: 1 }, when: { request_header: { X-Api-Key: \"@\" } } }]",
        "response_headers: [{ set: { X-A: 1 }, when: { response_header: { X-Auth-Token: \"@\" } } }]",
        "response_headers: [{ set: { X-A: 1 }, when: { response_header: { X-Auth-Token: { matches: \"^@\" } } } }]",
        "response_headers: [{ cors: { allow_origins: [https://page.example] }, when: { request_header: { X-Api-Key: \"@\" } } }]",
        "response_headers: [{ cookies: { secure: true }, when: { not: { request_header: { X-Api-Key: \"@\" } } } }]",
        "request_headers: [{ set: { X-Api-Key: \"@\" } }]", "request_headers: [{ set: { X-Api-Key: \"@\" }, if: absent }]",
        "request_headers: [{ add: { X-Api-Key: \"@\" } }]", "request_headers: [{ merge: { X-Api-Key: \"@\" } }]",
        "request_headers: [{ set: { Cookie: \"sid=@\" } }]", "request_headers: [{ set: { Authorization: \"Bearer @\" } }]",
        "request_headers: [{ edit: { X-Api-Key: { match: \"^@$\", replace: x } } }]",
        "request_headers: [{ edit: { X-Api-Key: { match: \"^@$\", replace: x } }, shadow: true }]",
        "request_headers: [{ edit: { X-Api-Key: { match: other, replace: \"@\" } } }]",
        "request_headers: [{ set: { X-Api-Key: \"@\" } }, { rename: { X-Api-Key: X-Copy } }]",
        "response_headers: [{ set: { X-Auth-Token: \"@\" } }]", "response_headers: [{ add: { Set-Cookie: \"sid=@\" } }]",
        "response_headers: [{ edit: { X-Auth-Token: { match: \"@\", replace: x } } }]",
        "response_headers: [{ edit: { X-Auth-Token: { match: \"@\", replace: x } }, when: { status: 200 } }]",
        "response_headers: [{ set: { X-Auth-Token: \"@\" }, shadow: true }]",
    ]

    @Test(arguments: policies)
    func isHidden(_ policy: String) throws {
        let text = """
            listen: 127.0.0.1:8080
            admin: 127.0.0.1:9900
            inspector: {}
            upstreams: { app: http://127.0.0.1:5000 }
            \(policy.replacing("@", with: Self.secret))
            """
        let loader = ConfigurationLoader(environment: [:]) { _ in [] }
        let configuration = try CompiledConfiguration(loader.load(text: text, file: "letterhead.yaml"))
        expectHidden(PolicyJSON.text(of: configuration.source), "/inspector/policy")
        for (key, origin) in [("other", nil), (Self.secret, nil), ("other", "https://page.example")] {
            let explanation = try explain(configuration, key: key, origin: origin)
            for one in explanation.exchanges {
                let exchange = one.exchange
                let inspected = InspectedExchange(
                    exchange.facts, on: configuration, listener: 0, route: exchange.route, requestTrace: exchange.requestTrace,
                    responseTrace: exchange.responseTrace, rules: exchange.traced, shadow: exchange.shadowDifferences)
                expectHidden(InspectionJSON.text(of: inspected, number: 1), "/inspector/events")
            }
            expectHidden(explanation.text(Style(isColored: false)), "explain")
            expectHidden(explanation.json.written(), "explain --format json")
        }
    }

    private func expectHidden(_ text: String, _ place: String) {
        #expect(!text.contains(Self.secret), "\(place): \(text)")
    }

    private func explain(_ configuration: CompiledConfiguration, key: String, origin: String?) throws -> Explanation {
        var request = try #require(SimulatedRequest(method: "GET", url: "http://api.example/x"))
        request.fields = [FieldText("X-Api-Key", key)]
        var question = ExplainQuestion(request: request, unixSeconds: 784_111_777)
        question.origin = origin
        var explainer = Explainer(question, on: configuration)
        while true {
            switch try explainer.next() {
            case .done(var explanation):
                explanation.hideSecrets()
                return explanation
            case .needsAnswer(let one):
                one.exchange.receive(.response(status: 200, fields: [FieldText("X-Auth-Token", "t")]))
            }
        }
    }
}
