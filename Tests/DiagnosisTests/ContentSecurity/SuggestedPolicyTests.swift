import ProxyConfig
import ProxyCore
import Testing

@testable import Diagnosis

/// From reports to a policy, and back to what it leaves.
@Suite struct SuggestedPolicyTests {
    /// `directive blocked`, on a page of https://app.example; behind a bar the sample.
    static func table(_ reports: [String]) throws -> ViolationTable {
        var table = ViolationTable()
        for report in reports {
            let parts = report.split(separator: "|", maxSplits: 1)
            let words = parts[0].split(separator: " ")
            table.add(
                try Violation(
                    directive: String(words[0]), blocked: String(words[1]), page: "https://app.example/x", source: "",
                    sample: parts.count > 1 ? String(parts[1]) : ""))
        }
        return table
    }

    static let cases: [([String], String)] = [
        ([], "default-src 'none'"), (["img-src https://app.example/a.png"], "default-src 'none'; img-src 'self'"),
        (
            ["img-src data", "img-src https://cdn.example/a.png", "img-src https://app.example/"],
            "default-src 'none'; img-src 'self' data: https://cdn.example"
        ),
        (
            ["script-src-elem https://cdn.example/a.js", "script-src https://app.example/b.js"],
            "default-src 'none'; script-src 'self' https://cdn.example/a.js"
        ),
        ((0..<5).map { "script-src-elem https://cdn.example/\($0).js" }, "default-src 'none'; script-src https://cdn.example"),
        (["script-src-elem inline"], "default-src 'none'; script-src 'unsafe-inline'; script-src-attr 'none'"),
        (
            ["script-src-attr inline", "script-src-elem inline"],
            "default-src 'none'; script-src 'unsafe-inline'; script-src-attr 'unsafe-inline'"
        ),
        (["style-src-attr inline"], "default-src 'none'; style-src-attr 'unsafe-inline'"),
        (["script-src eval", "script-src wasm-eval"], "default-src 'none'; script-src 'unsafe-eval' 'wasm-unsafe-eval'"),
        (["connect-src wss://live.example/s"], "default-src 'none'; connect-src wss://live.example"),
        (["frame-src https://f.example/", "child-src blob"], "default-src 'none'; frame-src https://f.example; child-src blob:"),
        (["default-src https://x.example/"], "default-src https://x.example"),
        (
            ["form-action https://app.example/f", "base-uri https://app.example/b", "worker-src https://app.example/w.js"],
            "default-src 'none'; worker-src 'self'; form-action 'self'; base-uri 'self'"
        ),
        (["sandbox inline", "require-trusted-types-for trusted-types-sink"], "default-src 'none'"),
    ]

    /// It allows all of what was reported, and is one that loads.
    @Test(arguments: cases) func suggests(_ reports: [String], _ policy: String) throws {
        let table = try Self.table(reports)
        let suggested = SuggestedPolicy(table)
        #expect(suggested.text == policy)
        let match = ContentSecurityMatch(suggested.text)
        for violation in table.counts.keys where !["sandbox", "require-trusted-types-for"].contains(violation.directive) {
            #expect(match.judge(violation) == .allowed, "\(violation)")
        }
        let rule = suggested.rule.split(separator: "\n").map { "  \($0)\n" }.joined()
        _ = try PolicyDiffTests.compiled("response_headers:\n\(rule)routes: [{ respond: 200 }]\n")
    }

    /// What browsers take for no source is left out, told of, and not taken for one where it stands in a policy.
    @Test(arguments: [
        ("img-src http://[::1]:8000", "img-src http://[::1]:8000"),
        ("img-src https://[2001:db8::1]/f", "img-src https://[2001:db8::1]"),
        ("script-src-elem https://cdn.example./x.js", "script-src https://cdn.example./x.js"),
        ("img-src https://a..example", "img-src https://a..example"),
    ])
    func leavesOut(_ report: String, _ source: String) throws {
        let table = try Self.table([report, "img-src https://good.example/", "script-src https://good.example/a.js"])
        let suggested = SuggestedPolicy(table)
        #expect(suggested.text == "default-src 'none'; script-src https://good.example/a.js; img-src https://good.example")
        #expect(suggested.notes.contains("Browsers take no such source, and it is left out: \(source)."), "\(suggested.notes)")
        let alone = try Self.table([report])
        let name = String(source.prefix { $0 != " " })
        #expect(SuggestedPolicy(alone).text == "default-src 'none'; \(name) 'none'")
        let violation = try #require(alone.counts.keys.first)
        #expect(ContentSecurityMatch(source).judge(violation) == .forbidden)
        let rule = suggested.rule.split(separator: "\n").map { "  \($0)\n" }.joined()
        _ = try PolicyDiffTests.compiled("response_headers:\n\(rule)routes: [{ respond: 200 }]\n")
    }

    /// What stands in the page is named by its hash, where all that was reported is known.
    @Test func hashes() throws {
        let page = """
            <!doctype html><!-- <script>no()</script> --><SCRIPT type=module
             data-x='a>b'> hello() </script ><script src = "/a.js"></script><script src>x()</script><style>p { color: red }</style>
            <script>if (a < b) "</p>"</script>
            """
        let code = InlineCode.all(in: page)
        #expect(code.map(\.text) == [" hello() ", "p { color: red }", "if (a < b) \"</p>\""])
        let table = try Self.table(["script-src-elem inline|hello()", "style-src-elem inline"])
        let policy = SuggestedPolicy(table, inline: code).text
        #expect(policy == "default-src 'none'; script-src \(code[0].source); style-src \(code[1].source)")
        // One that is not in the page opens the directive, and hashes beside it would close it again.
        let more = try Self.table(["script-src-elem inline|hello()", "script-src-elem inline|other()"])
        #expect(
            SuggestedPolicy(more, inline: code).text == "default-src 'none'; script-src 'unsafe-inline'; script-src-attr 'none'")
        for page in [
            "<script", "<script>", "<script>x", "<style a='", "<", "<!--", "</script>", "<script></script>",
            "<scriptx>y</scriptx>",
        ] {
            #expect(InlineCode.all(in: page).count <= 1, "\(page)")
        }
    }

    /// FIPS 180-4 has them in its examples.
    @Test(
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func digests(_ text: String, _ digest: String) {
        let hash = SHA256.hash(Array(text.utf8)).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        #expect(hash == digest)
    }

    /// What is dangerous is marked, and only that.
    @Test(
        arguments: [
            ("script-src-elem inline", true), ("script-src-attr inline", true), ("style-src-elem inline", true),
            ("script-src eval", true),
            ("script-src-elem data", true), ("img-src data", true), ("script-src-elem https://unpkg.com/", true),
            ("script-src-elem https://cdn.example/", true),
            ("script-src-elem https://cdn.example/a.js", false), ("script-src-elem https://app.example/a.js", false),
            ("img-src https://cdn.example/a.png", false),
            ("img-src http://cdn.example/a.png", true), ("img-src http://127.0.0.1:80/a.png", false),
            ("connect-src ws://live.example/", true), ("font-src https://f.example/", false),
            ("frame-src data", true), ("object-src https://o.example/", true),
        ])
    func dangers(_ report: String, _ isDangerous: Bool) throws {
        let sources = SuggestedPolicy(try Self.table([report])).directives.flatMap(\.sources)
        #expect(sources.contains { $0.danger != nil } == isDangerous, "\(sources)")
    }

    /// As browsers match sources (CSP Level 3 §6.7.2).
    @Test(
        arguments: [
            ("default-src 'none'", "img-src https://a.example/", false), ("default-src *", "img-src https://a.example/", true),
            ("default-src *", "img-src data", false),
            ("img-src data:", "img-src data", true), ("default-src 'none'; img-src *", "img-src https://a.example/", true),
            ("script-src *", "img-src data", true),
            ("img-src https:", "img-src https://a.example", true), ("img-src https:", "img-src http://a.example", false),
            ("img-src http:", "img-src https://a.example", true),
            ("img-src *.a.example", "img-src https://x.a.example", true),
            ("img-src *.a.example", "img-src https://a.example", false), ("img-src a.example", "img-src https://a.example", true),
            ("img-src a.example", "img-src http://a.example", false),
            ("img-src a.example:8443", "img-src https://a.example:8443", true),
            ("img-src a.example", "img-src https://a.example:8443", false),
            ("img-src a.example:*", "img-src https://a.example:8443", true),
            ("img-src http://a.example", "img-src https://a.example", true),
            ("script-src https://c.example/lib/", "script-src-elem https://c.example/lib/a.js", true),
            ("script-src https://c.example/lib", "script-src-elem https://c.example/lib/a.js", false),
            ("script-src https://c.example/a.js", "script-src-elem https://c.example/a.js", true),
            ("img-src 'self'", "img-src https://app.example/", true), ("img-src 'self'", "img-src https://b.example/", false),
            ("connect-src 'self'", "connect-src wss://app.example/", true),
            ("connect-src https:", "connect-src wss://a.example/", false),
            ("connect-src https://a.example", "connect-src wss://a.example/", false),
            ("connect-src a.example", "connect-src wss://a.example/", false),
            ("connect-src ws://a.example", "connect-src wss://a.example/", true),
            ("connect-src wss:", "connect-src https://a.example/", true),
            ("default-src 'none'", "require-trusted-types-for trusted-types-sink", true),
            ("default-src 'none'", "prefetch-src https://a.example/", false),
            ("script-src 'unsafe-inline'", "script-src-elem inline", true),
            ("script-src 'unsafe-inline' 'nonce-a'", "script-src-attr inline", false),
            ("script-src 'unsafe-inline' 'sha256-a'", "script-src-attr inline", false),
            ("script-src 'unsafe-inline' 'sha256-a'", "script-src-elem inline|short", false),
            ("script-src-elem 'unsafe-inline'; script-src 'none'", "script-src-elem inline", true),
            ("script-src 'self'; default-src *", "script-src eval", false),
            ("script-src 'unsafe-eval'", "script-src wasm-eval", true),
            ("script-src 'self'", "worker-src https://app.example/", true),
            ("child-src 'none'; script-src 'self'", "worker-src https://app.example/", false),
            ("frame-src 'none', img-src *", "frame-src https://a.example", false),
            ("default-src 'none'", "form-action https://a.example", true),
            ("form-action 'none'", "form-action https://a.example", false),
            ("img-src 'none'; img-src *", "img-src https://a.example", false),
            ("script-src 'sha256-q2iHSMMZXJCc2HpVfHZSXM7TsVxFJZ54wn+qiSsdNqM='", "script-src-elem inline|hello()", false),
            ("", "img-src data", true), (";;, ,", "img-src data", true),
        ])
    func matches(_ policy: String, _ report: String, _ isAllowed: Bool) throws {
        let violation = try #require(try Self.table([report]).counts.keys.first)
        #expect(ContentSecurityMatch(policy).judge(violation) == (isAllowed ? .allowed : .forbidden))
    }

    /// What `--page` has made for a page is enough with that page. Without it, only a report with all of the code decides.
    @Test(arguments: ["", "|alert(1)", "|" + String(repeating: "x", count: 40)]) func hashesOfPages(_ sample: String) throws {
        let script = sample.hasPrefix("|x") ? String(repeating: "x", count: 50) : "alert(1)"
        let code = InlineCode.all(in: "<script>\(script)</script>")
        let table = try Self.table(["script-src-elem inline\(sample)", "img-src data"])
        let policy = SuggestedPolicy(table, inline: code).text
        let violation = try #require(table.counts.keys.first { $0.blocked == "inline" })
        #expect(ContentSecurityMatch(policy, inline: code).judge(violation) == .allowed)
        let isDecided = sample == "|alert(1)"
        #expect(ContentSecurityMatch(policy).judge(violation) == (isDecided ? .allowed : .undecided))
        let other = InlineCode.all(in: "<script>\(script)</script><script>\(script)y</script>")
        #expect(ContentSecurityMatch(policy, inline: other).judge(violation) == (isDecided ? .allowed : .forbidden))
        let bare = RemainingViolations(table, of: policy)
        let text = bare.text(Style(isColored: false))
        #expect(bare.remaining.isEmpty && text.contains("1 are undecided") != isDecided, "\(text)")
    }

    @Test func remaining() throws {
        let table = try Self.table(["img-src data", "img-src https://a.example/", "script-src-elem inline|x()"])
        let remaining = RemainingViolations(table, of: "img-src data:; script-src 'nonce-{nonce}'")
        let text = remaining.text(Style(isColored: false))
        #expect(
            text.contains("1 of 3 recorded violations are left\n1 are gone where the elements have the policy's nonce"), "\(text)"
        )
        #expect(text.contains("img-src https://a.example  1× on https://app.example"), "\(text)")
    }
}
