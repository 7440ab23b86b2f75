import Testing

@testable import HeaderPolicy
@testable import ProxyCore

/// What the inspector keeps has no secrets in it.
@Suite struct RedactionTests {
    private static let none = SourceLocation(file: "x", line: 1, column: 1)

    @Test(arguments: [
        ("Authorization", "Bearer abc.def", "Bearer [redacted]"), ("authorization", "opaque", "[redacted]"),
        ("Proxy-Authorization", "Basic eDp5", "Basic [redacted]"),
        ("Cookie", "a=1; session=xyz", "a=[redacted]; session=[redacted]"), ("Cookie", "bare", "[redacted]"),
        ("Set-Cookie", "a=1; Path=/; Secure", "a=[redacted]; Path=/; Secure"), ("set-cookie", "bare", "[redacted]"),
        ("X-Api-Key", "k", "[redacted]"), ("X-Auth-Token", "t", "[redacted]"), ("X-CSRFToken", "t", "t"),
        ("X-Csrf-Token", "t", "[redacted]"), ("X-Amz-Signature", "s", "[redacted]"), ("X-Internal", "i", "[redacted]"),
        ("x-INTERNAL", "i", "[redacted]"), ("Access-Control-Allow-Credentials", "true", "true"),
        ("Location", "/a?token=x&b=1", "/a?token=[redacted]&b=1"), ("Vary", "Cookie", "Cookie"), ("Accept", "*/*", "*/*"),
    ])
    func values(_ name: String, _ value: String, _ shown: String) {
        #expect(Redaction(["X-Internal"]).value(name, value) == shown)
    }

    /// A rule may have written a secret elsewhere, and a note may speak of it.
    @Test func followsSecrets() {
        var redaction = Redaction([])
        redaction.learn([
            FieldText("Authorization", "Bearer tok-123456"), FieldText("Cookie", "sid=\"quoted-1\"; theme=dark"),
            FieldText("Set-Cookie", "new=fresh-77; Path=/"), FieldText("X-Api-Key", "abcdefgh-long"),
            FieldText("X-Api-Key", "abcdefgh"),
        ])
        #expect(redaction.value("X-Copy", "it is tok-123456!") == "it is [redacted]!")
        #expect(redaction.value("X-Both", "quoted-1,fresh-77") == "[redacted],[redacted]")
        #expect(redaction.text("X-Api-Key is abcdefgh-long | abcdefgh") == "X-Api-Key is [redacted] | [redacted]")
        // Too short to be a secret, and everywhere.
        #expect(redaction.value("X-Theme", "dark") == "dark")
        #expect(redaction.text(String(repeating: "a", count: 5_000)).count == 2_049)
        let trace = StageTrace(
            before: [StageTrace.Line(name: "X-A", value: "tok-123456", maker: .message)],
            after: [StageTrace.Line(name: "X-Api-Key", value: "tok-123456", maker: .rule(0))],
            steps: [
                StageTrace.Step(
                    rule: 0, outcome: .unmet(UnmetTest(test: Condition(location: Self.none), found: "X-A is tok-123456")),
                    changes: [.removed(StageTrace.Line(name: "X-A", value: "tok-123456", maker: .message))],
                    notes: ["X-A: tok-123456"])
            ])
        #expect(!"\(redaction.trace(trace))".contains("tok-123456"))
    }
}
