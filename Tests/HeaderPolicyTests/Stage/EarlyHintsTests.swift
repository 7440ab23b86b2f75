import HTTPModel
import Testing

@testable import HeaderPolicy

struct EarlyHintsTests {
    static let style: Located<String> = "</app.css>; rel=preload; as=style"
    static let font: Located<String> = "</{host}.woff>; rel=\"preload\"; as=font; crossorigin"
    static let host: Located<String> = "<https://cdn.example>; rel=preconnect, </a.js>; as=script;rel=preload;"

    static func hint(_ rule: Rule, _ hints: Rule.EarlyHints = .modern) -> Rule {
        var rule = rule
        rule.earlyHints = hints
        return rule
    }

    static func on(_ change: (inout Condition) -> Void) -> Condition {
        var condition = Condition(location: at(1))
        change(&condition)
        return condition
    }

    /// The lines of the 103; nil where there is none.
    private func hints(
        _ rules: [Rule], _ version: HTTPVersion = .http2, _ method: String = "GET", _ path: String = "/",
        mode: String? = "navigate"
    ) throws -> [String]? {
        var names = FieldNames.standard
        let policy = try CompiledPolicy(requestRules: [], responseRules: rules, names: &names)
        var facts = ExchangeFacts()
        facts.request.version = version
        _ = facts.request.setMethod(method.utf8.span)
        _ = facts.request.setTarget(path.utf8.span)
        facts.request.setAuthority("app.example".utf8.span)
        if let mode { facts.request.fields.append("Sec-Fetch-Mode", mode, in: names) }
        var head = ResponseHead()
        var scratch = StageScratch()
        guard policy.earlyHints(into: &head, facts: facts, scratch: &scratch) else { return nil }
        #expect(head.status == 103)
        return head.fields.pairs.map { "\($0.name): \($0.value)" }
    }

    @Test func whoGetsThem() throws {
        let rules = [Self.hint(.add("Link", Self.style)), Self.hint(.add("Link", Self.font), .always), .set("X-A", "1")]
        let font = "Link: </app.example.woff>; rel=\"preload\"; as=font; crossorigin"
        let both = ["Link: </app.css>; rel=preload; as=style", font]
        #expect(try hints(rules) == both)
        #expect(try hints(rules, .http2, "HEAD") == both)
        #expect(try hints(rules, mode: nil) == both)
        #expect(try hints(rules, .http11) == [both[1]])
        #expect(try hints(rules, .http10) == nil)
        #expect(try hints(rules, .http2, "POST") == nil)
        #expect(try hints(rules, mode: "cors") == nil)
        #expect(try hints([.add("Link", Self.style)]) == nil)
        #expect(try hints([Self.hint(.add("Link", Self.style))], .http11) == nil)
    }

    @Test func whatTheResponseWillNotHaveIsNotHinted() throws {
        let style = Self.hint(.add("Link", Self.style))
        let shop = Self.on { $0.paths = ["/shop/**"] }
        let failed = Self.on { $0.statuses = ["5xx"] }
        #expect(try hints([Self.hint(.add("Link", Self.host, when: shop))]) == nil)
        #expect(try hints([Self.hint(.add("Link", Self.host, when: shop))], .http2, "GET", "/shop/1")?.count == 1)
        #expect(try hints([style, .remove("X-A", "LINK")]) == nil)
        #expect(try hints([style, .remove("Li*")]) == nil)
        #expect(try hints([style, .remove("Link", when: shop)])?.count == 1)
        #expect(try hints([style, .remove("Link", when: shop)], .http2, "GET", "/shop/1") == nil)
        #expect(try hints([style, .remove("Link", when: failed)])?.count == 1)
        #expect(try hints([style, .set("Link", "</n>; rel=next")]) == nil)
        #expect(try hints([style, .rename("Link", "X-Link")]) == nil)
        #expect(try hints([Rule(.stop, if: nil, when: shop), style], .http2, "GET", "/shop/1") == nil)
        #expect(try hints([Rule(.stop, if: nil, when: failed), style])?.count == 1)
        #expect(try hints([style, Self.hint(.set("Link", Self.host))]) == ["Link: \(Self.host.value)"])
        #expect(try hints([Self.hint(.set("Link", Self.host), .always), style], .http11) == ["Link: \(Self.host.value)"])
        #expect(try hints([Self.hint(.add("Link", Self.host), .always), Self.hint(.set("Link", Self.style))], .http11) == nil)
    }

    @Test(arguments: [
        (hint(.remove("Link")), "`early_hints` goes with `set` or `add` of Link"),
        (hint(.merge("Link", style)), "`early_hints` goes with `set` or `add` of Link"),
        (hint(.set("X-Link", style)), "early hints are links"),
        (hint(.add("Link", style, if: .absent)), "`if` has nothing to ask about"),
        (hint(.add("Link", style, when: on { $0.not = [on { $0.sources = ["proxy"] }] })), "cannot ask about the response"),
        (hint(.add("Link", "</{response.header.X}>; rel=preconnect")), "cannot speak of the response"),
        (hint(.add("Link", "/app.css")), "is not a list of links"),
        (hint(.add("Link", "</a>; rel=preconnect </b>")), "is not a list of links"),
        (hint(.add("Link", "</a>")), "`rel=preload` and `rel=preconnect`"),
        (hint(.add("Link", "</a>; rel=\"preload stylesheet\"; as=style")), "`rel=preload` and `rel=preconnect`"),
        (hint(.add("Link", "</a>; rel=preload")), "does not say what it loads"),
    ])
    func refused(_ rule: Rule, _ message: String) throws {
        let error = #expect(throws: PolicyErrors.self) { try hints([rule]) }
        #expect(error?.errors.count == 1 && error?.errors[0].message.contains(message) == true, "\(String(describing: error))")
    }

    @Test func notInRequests() {
        var names = FieldNames.standard
        let error = #expect(throws: PolicyErrors.self) {
            try CompiledPolicy(requestRules: [Self.hint(.add("Link", Self.style))], responseRules: [], names: &names)
        }
        #expect(error?.errors.map(\.message) == ["early hints are links of a response"])
    }
}
