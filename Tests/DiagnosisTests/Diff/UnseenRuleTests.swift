import Diagnosis
import HeaderPolicy
import ProxyConfig
import ProxyCore
import Testing

/// Rules of one file alone that no exchange shows.
@Suite struct UnseenRuleTests {
    /// Rules of one file that nothing made up shows are told of, unless they are expected.
    @Test(
        arguments: [
            ("set: { X-A: a }, when: { status: 408, source: proxy }", ["set X-A: a when status 408 and source proxy"]),
            ("set: { X-A: a }, when: { status: 404, source: proxy }", ["set X-A: a when status 404 and source proxy"]),
            ("set: { X-Allowed: a }, when: { status: 408, source: proxy }", []),
            ("set: { X-A: a }, when: { status: 408, source: proxy }, shadow: true", []), ("set: { X-A: a }", []),
            ("remove: X-C", []), ("rename: { X-C: X-D }", []), ("merge: { Vary: Accept }", []),
            ("edit: { X-C: { match: \"^a+b$\", replace: c } }", []),
            ("cookies: { names: [\"a*\"], prefix: true, secure: true }", []),
            ("preset: security", []), ("cors: { allow_origins: [\"regex:^https://[a-z]+[.]x[.]example$\"] }", []),
        ])
    func unseen(_ rule: String, _ texts: [String]) throws {
        let frame = { (rules: String) in
            "upstreams: { app: http://127.0.0.1:1 }\nresponse_headers: [\(rules)]\nroutes: [{ upstream: app }]"
        }
        for isNew in [false, true] {
            let both = [frame("{ set: { X-B: b } }"), frame("{ \(rule) }, { set: { X-B: b } }")]
            let (old, new) = (
                try PolicyDiffTests.compiled(both[isNew ? 0 : 1]), try PolicyDiffTests.compiled(both[isNew ? 1 : 0])
            )
            var diff = PolicyDiff(old, new, allowing: ["X-Allowed"].compactMap(AllowedDifference.init))
            diff.compare(madeUp: MadeUpRequests(old, new, unixSeconds: 784_111_777).questions)
            #expect(diff.unseen.map(\.text) == texts, "\(diff.unseen)")
            let text = diff.text(of: "made up", Style(isColored: false))
            #expect(text.contains("  ? ") != texts.isEmpty && text.contains("none of them shows") != texts.isEmpty, "\(text)")
            #expect(diff.json(of: "", old: "", new: "").written().contains("a.yaml:2") != texts.isEmpty)
            #expect(diff.markdown(of: "").contains("- <code>") != texts.isEmpty)
        }
    }
}
