import HTTPModel
import Testing

@testable import HeaderPolicy

/// A thousand origins are looked up, and what is found is what each of them by itself would take.
@Suite struct ManyOriginsTests {
    static let forms: [(origin: @Sendable (Int) -> String, asked: [(origin: String, isAllowed: Bool)])] = [
        (
            { "https://app\($0).example" },
            [
                ("https://app7.example", true), ("https://APP7.example", true), ("https://app7.example:443", true),
                ("https://app7.example:444", false), ("http://app7.example", false), ("https://app1000.example", false),
                ("https://x.app7.example", false), ("https://app7.example.", false), ("null", false), ("", false),
            ]
        ),
        (
            { "https://*.app\($0).example" },
            [
                ("https://x.app7.example", true), ("https://a.b.app7.example", true), ("https://app7.example", false),
                ("https://.app7.example", false), ("https://x.app7.example:8443", false), ("https://x.app1000.example", false),
            ]
        ),
        (
            { "http://host\($0):*" },
            [("http://host7", true), ("http://host7:1234", true), ("https://host7:1", false), ("http://host1000:1", false)]
        ),
        ({ "http://[::\(String($0 + 1, radix: 16))]:80" }, [("http://[::7]", true), ("http://[::1000]", false)]),
        (
            { "regex:https://r\($0)[.]example" },
            [("https://r7.example", true), ("https://r1000.example", false), ("https://xr7.example", false)]
        ),
    ]

    @Test(arguments: 0..<forms.count, [false, true]) func answers(_ form: Int, _ isPreflight: Bool) throws {
        let (origin, asked) = Self.forms[form]
        var policy = CORSPolicy(location: at(1))
        policy.allowOrigins = (0..<(form == 4 ? 100 : 1000)).map { Located(origin($0), at: at(1)) }
        var names = FieldNames()
        let compiled = try CompiledPolicy(requestRules: [], responseRules: [Rule(.cors(policy))], names: &names)
        for (origin, isAllowed) in asked {
            var question = Asked(fields: ["Origin: \(origin)"])
            if isPreflight {
                question.method = "OPTIONS"
                question.fields.append("Access-Control-Request-Method: PUT")
            }
            var head = ResponseHead()
            head.status = 200
            var scratch = StageScratch()
            compiled.applyToResponse(&head, facts: question.facts(in: names), scratch: &scratch)
            let answer = head.fields.text(of: .accessControlAllowOrigin)
            #expect(answer.map { $0.lowercased() } == (isAllowed ? origin.lowercased() : nil), "\(origin)")
        }
    }
}
