import HTTPModel
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
        ("X-Api-Key", "k", "[redacted]"), ("X-Auth-Token", "t", "[redacted]"), ("X-CSRFToken", "t", "[redacted]"),
        ("X-Csrf", "t", "[redacted]"), ("X-Xsrf-Token", "t", "[redacted]"),
        ("X-Csrf-Token", "t", "[redacted]"), ("X-Amz-Signature", "s", "[redacted]"), ("X-Internal", "i", "[redacted]"),
        ("x-INTERNAL", "i", "[redacted]"), ("Access-Control-Allow-Credentials", "true", "true"),
        ("Location", "/a?token=x&b=1", "/a?token=[redacted]&b=1"), ("Vary", "Cookie", "Cookie"), ("Accept", "*/*", "*/*"),
        // Fields by name.
        ("Cf-Access-Jwt-Assertion", "a", "[redacted]"), ("X-Goog-IAP-JWT-Assertion", "a", "[redacted]"),
        ("X-Amzn-Oidc-Data", "a", "[redacted]"), ("X-Amzn-Oidc-Accesstoken", "a", "[redacted]"),
        ("X-Auth-Request-Email", "a@b.example", "[redacted]"), ("x-auth-user", "a", "[redacted]"),
        ("X-Client-Secret", "a", "[redacted]"), ("X-Hub-Signature-256", "sha256=a", "[redacted]"),
        ("X-Shopify-Hmac-Sha256", "a", "[redacted]"), ("X-Ms-Client-Principal", "a", "[redacted]"),
        ("X-Session-Id", "a", "[redacted]"), ("DPoP", "a", "[redacted]"), ("X_Api_Key", "a", "[redacted]"),
        ("Authentication", "a", "[redacted]"), ("Authorisation", "a", "[redacted]"), ("X-Passkey", "a", "[redacted]"),
        ("Cookie2", "a", "[redacted]"), ("Jenkins-Crumb", "a", "[redacted]"), ("X-Secret-Value", "a", "[redacted]"),
        ("X-PasswordHash", "a", "[redacted]"), ("X-Secretary", "Ada", "Ada"), ("Vary", "Cookie", "Cookie"),
        (
            "X-Query", "user[password_confirmation]=a&passwordAgain=b&new_passwd2_repeat=c&magic_link=d",
            "user[password_confirmation]=[redacted]&passwordAgain=[redacted]&new_passwd2_repeat=[redacted]&magic_link=[redacted]"
        ),
        ("X-Query", "passwordless=1&token_type=bearer&secretariat=2", "passwordless=1&token_type=bearer&secretariat=2"),
        ("X-Author", "Ada", "Ada"), ("Idempotency-Key", "k-1", "k-1"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZQ==", "dGhlIHNhbXBsZQ=="),
        (
            "Sec-WebSocket-Protocol", "graphql-transport-ws, v12.stomp, wamp.2.json",
            "graphql-transport-ws, v12.stomp, wamp.2.json"
        ),
        ("Sec-WebSocket-Protocol", "access_token, abc, chat", "access_token, [redacted], chat"),
        ("Sec-WebSocket-Protocol", "Bearer, Zm9v", "Bearer, [redacted]"),
        ("Sec-WebSocket-Protocol", "chat, bearer", "chat, bearer"),
        (
            "sec-websocket-protocol", "v4.channel.k8s.io, base64url.bearer.authorization.k8s.io.Zm9v",
            "v4.channel.k8s.io, base64url.bearer.[redacted]"
        ),
        ("Sec-WebSocket-Protocol", "chat,9f86d081884c7d659a2feaa0c55ad015", "chat,[redacted]"),
        ("X-Keyboard", "de", "de"), ("X-Auth", "a", "[redacted]"),
        // URLs.
        (
            "Location", "https://a.example/cb#access_token=x&token_type=bearer",
            "https://a.example/cb#access_token=[redacted]&token_type=bearer"
        ),
        ("Location", "/cb?code=x y,z&state=1", "/cb?code=[redacted]&state=1"),
        ("Location", "/cb?token=a\"b&c=1", "/cb?token=[redacted]&c=1"),
        ("Location", "/#/reset?password=x", "/#/reset?password=[redacted]"),
        ("Location", "https://u:p@a.example/x", "https://[redacted]@a.example/x"),
        ("Location", "//u@a.example/", "//[redacted]@a.example/"),
        ("Content-Location", "/a?sig=x#top", "/a?sig=[redacted]#top"),
        ("Referer", "https://a.example/?q=1&api_key=x", "https://a.example/?q=1&api_key=[redacted]"),
        (
            "Link", "<https://a.example/?token=x>; rel=next, </b?page=2>; rel=last",
            "<https://a.example/?token=[redacted]>; rel=next, </b?page=2>; rel=last"
        ),
        ("Refresh", "5; url=https://a.example/?token=x", "5; url=https://a.example/?token=[redacted]"),
        ("Location", "/login?next=%2Fcb%3Fcode%3Dabc%26state%3D1&x=2", "/login?next=%2Fcb%3Fcode%3D[redacted]%26state%3D1&x=2"),
        ("Location", "/go?to=https%3A%2F%2Fu%3Ap%40a.example%2F", "/go?to=https%3A%2F%2F[redacted]%40a.example%2F"),
        ("Location", "/a;jsessionid=X1?y=1", "/a;jsessionid=[redacted]?y=1"),
        ("Location", "/a?_csrf=x&xsrf=y&b=1", "/a?_csrf=[redacted]&xsrf=[redacted]&b=1"),
        ("Location", "/a?sess=x&dsn=y&tokens=z&keys=k", "/a?sess=[redacted]&dsn=[redacted]&tokens=[redacted]&keys=[redacted]"),
        (
            "Location", "/a?token%20=x&%20token=y&token+=z&+code=c",
            "/a?token%20=[redacted]&%20token=[redacted]&token+=[redacted]&+code=[redacted]"
        ),
        ("Location", "/a?max_tokens=100&keystone=1&dsnx=2", "/a?max_tokens=100&keystone=1&dsnx=2"),
        ("Location", "/a?q={%22token%22:%22x%22,%22b%22:1}&c=2", "/a?q={%22token%22:%22[redacted]%22,%22b%22:1}&c=2"),
        ("Location", "/a?q=%7B%22pin%22%3A+4711%7D&c=2", "/a?q=%7B%22pin%22%3A+[redacted]%7D&c=2"),
        ("X-Json", #"{"user": "ada", "password": "a\"b,c", "n": 1}"#, #"{"user": "ada", "password": "[redacted]", "n": 1}"#),
        ("X-Json", #"{"password" : 12, "token"+:+"x"}"#, #"{"password" : [redacted], "token"+:+"[redacted]"}"#),
        ("X-Json", #"{"in":"{\"api_key\":\"x\",\"b\":2}"}"#, #"{"in":"{\"api_key\":\"[redacted]\",\"b\":2}"}"#),
        ("X-Json", #"{"token":null,"key":["a"],"":1}"#, #"{"token":[redacted],"key":["a"],"":1}"#),
        // What a rule made of `{query}`.
        ("X-Query", "token=abc&b=1", "token=[redacted]&b=1"), ("X-Query", "q=code=abc&b=1", "q=code=[redacted]&b=1"),
        ("X-Query", "a=1, token=abc", "a=1, token=[redacted]"), ("X-Query", "token=\"a b\" c=1", "token=\"[redacted]\" c=1"),
        // By form.
        ("X-A", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "[redacted]"),
        ("X-A", "t:eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.;x", "t:[redacted];x"),
        ("X-A", "eyJhbGciOiJkaXIifQ..aXY.Y3Q.dGFn", "[redacted]"), ("X-A", "Bearer x", "Bearer [redacted]"),
        ("X-A", "bearer  abc.def, b", "bearer  [redacted], b"), ("X-A", "Basic dXNlcjpwYXNz", "Basic [redacted]"),
        ("X-A", "a ghp_0123456789abcdefghij b", "a ghp_[redacted] b"), ("X-A", "sk_live_4eC39HqLyjWDarjt", "sk_live_[redacted]"),
        ("X-A", "AKIAIOSFODNN7EXAMPLE", "AKIA[redacted]"), ("X-A", "xoxb-123456789-abc", "xoxb-[redacted]"),
        ("X-A", "github_pat_11ABCDEFG0abcdefghijkl", "github_pat_[redacted]"),
        ("X-A", "AIzaSyA-0123456789abcdefghijklmnop", "AIza[redacted]"),
        (
            "X-A", "-----BEGIN PRIVATE KEY----- MIIE -----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----[redacted]-----END PRIVATE KEY-----"
        ),
        ("X-A", "-----BEGIN%20RSA%20PRIVATE%20KEY-----%0AMIIE", "-----BEGIN%20RSA%20PRIVATE%20KEY-----[redacted]"),
        ("Host", "user:pw@a.example", "[redacted]@a.example"), ("Host", "a.example:8080", "a.example:8080"),
        // What only looks like it.
        ("X-A", "it begins with `-----BEGIN CERTIFICATE-----`, it does", "it begins with `-----BEGIN CERTIFICATE-----`, it does"),
        ("WWW-Authenticate", "Bearer realm=\"api\", error=\"invalid_token\"", "Bearer realm=\"api\", error=\"invalid_token\""),
        ("X-A", "Bearer token is missing", "Bearer token is missing"), ("X-A", "Basic Latin", "Basic Latin"),
        ("X-A", "eyJ is no token. Nor is eyJmb28.bar", "eyJ is no token. Nor is eyJmb28.bar"),
        ("X-A", "task-list sk-learn key-value", "task-list sk-learn key-value"),
        ("Permissions-Policy", "otp-credentials=(), camera=(self)", "otp-credentials=(), camera=(self)"),
        ("Content-Type", "multipart/form-data; boundary=x", "multipart/form-data; boundary=x"),
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains", "max-age=31536000; includeSubDomains"),
        ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:1.0)", "Mozilla/5.0 (X11; Linux x86_64; rv:1.0)"),
        ("Location", "https://a.example/@user/x@1?zip_code=1", "https://a.example/@user/x@1?zip_code=1"),
        ("ETag", "\"33a64df551425fcc55e4d42a148795d9f25f89d4\"", "\"33a64df551425fcc55e4d42a148795d9f25f89d4\""),
        ("Set-Cookie", "a=1; Path=/?token=x", "a=[redacted]; Path=/?token=[redacted]"),
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
        // A character that combines with the last of it hides nothing.
        #expect(!redaction.value("X-Copy", "tok-123456\u{301}").contains("tok-123456"))
        // Too short to be a secret, and everywhere.
        #expect(redaction.value("X-Theme", "dark") == "dark")
        #expect(redaction.text(String(repeating: "a", count: 5_000)).count == 2_049)
        // Of the target: as it stands there, decoded, and where it is all of a field however short.
        redaction.learn(target: "/cb?code=a%2Fb%20c-123&otp=4711")
        #expect(redaction.value("X-Copy", "got a/b c-123") == "got [redacted]")
        #expect(redaction.value("X-Copy", "4711") == "[redacted]")
        let secret = FieldTest(name: Located("X-Api-Key", at: Self.none), test: .present)
        let step = StageTrace.Step(
            rule: 0, outcome: .unmet(UnmetTest(test: .requestHeader(secret), found: "X-Api-Key is k")), changes: [], notes: [])
        let rule = Rule(.remove([]), location: Self.none)
        let unmet = StageTrace(before: [], after: [], steps: [step])
        #expect("\(redaction.trace(unmet, of: [rule]))".contains("X-Api-Key is [redacted]"))
        let parameter = StageTrace.Step(
            rule: 0,
            outcome: .unmet(
                UnmetTest(test: .query(FieldTest(name: Located("otp", at: Self.none), test: .present)), found: "otp is 12")))
        let asked = StageTrace(before: [], after: [], steps: [parameter])
        #expect("\(redaction.trace(asked, of: [rule]))".contains("otp is [redacted]"))
        let trace = StageTrace(
            before: [StageTrace.Line(name: "X-A", value: "tok-123456", maker: .message)],
            after: [StageTrace.Line(name: "X-Api-Key", value: "tok-123456", maker: .rule(0))],
            steps: [
                StageTrace.Step(
                    rule: 0, outcome: .unmet(UnmetTest(test: .any(.path, []), found: "X-A is tok-123456")),
                    changes: [.removed(StageTrace.Line(name: "X-A", value: "tok-123456", maker: .message))],
                    notes: ["X-A: tok-123456"])
            ])
        #expect(!"\(redaction.trace(trace, of: [rule]))".contains("tok-123456"))
    }

    /// What a client sends is looked at once, however many words in it may begin a secret: more often would take hours.
    @Test(
        .timeLimit(.minutes(2)),
        arguments: [
            "ey-", "ew-", "ey.", "eyJhbGci-", "sk-", "key-", "xai-", "hf_", "AKIA-", "basic+", "token+", "Bearer realm=",
            "bearer+is+", "bearer realm=+", "-----BEGIN", "://a@", ";a", "?token=", "token==",
        ])
    func manyWords(_ word: String) {
        let text = String(repeating: word, count: 400_000 / word.utf8.count)
        for form in [SecretScan.Form.url, .text, .words] {
            var count = 0
            text.utf8.span.forEachRedactedPart(form) { count += $0.count }
            #expect(count > 0)
        }
    }

    /// What one word has shown holds for the words after it in the same run, and for those alone.
    @Test(arguments: [
        ("ey-ey-ey- eyJhbGciOi.eyJzdWIiOi.x", "ey-ey-ey- [redacted]"),
        ("sk-sk-sk-abcdefghijklmnopqrst sk-abcdefghijklmnopqrs1", "sk-sk-sk-abcdefghijklmnopqrst sk-[redacted]"),
        ("sk-abcdefghijklmnopqrst-ghp_abcdefgh", "sk-abcdefghijklmnopqrst-ghp_[redacted]"),
        ("token+token+abcdefghijklmnop token 0123456789abcdef", "token+token+abcdefghijklmnop token [redacted]"),
        ("basic+basic+dXNlcjpwYXNz", "basic+basic+[redacted]"),
        ("ey.eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0", "ey.[redacted]"),
    ])
    func runs(_ text: String, _ expected: String) {
        var redacted: [UInt8] = []
        text.utf8.span.forEachRedactedPart(.words) { redacted.append(copying: $0) }
        #expect(String(decoding: redacted, as: UTF8.self) == expected)
    }

    /// No bytes are too many or too strange: the parts together are the text, but for what is hidden.
    @Test(arguments: 0..<64) func anyBytes(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let pieces = [
            "?", "&", ";", "=", "#", "/", "//", ":", "@", "%", "%25", "%3D", "%2", "token", "code", "eyJ", "Bearer ",
            "-----BEGIN",
            "ghp_", "a", "\"", " ", "[", "]", "0", "é", "\u{1B}", ".",
        ]
        var text = ""
        for _ in 0..<200 { text += pieces[Int(random.next() % UInt64(pieces.count))] }
        for form in [SecretScan.Form.url, .text, .words] {
            var (scan, end) = (SecretScan(form), 0)
            while let range = scan.next(in: text.utf8.span) {
                #expect(range.lowerBound >= end && !range.isEmpty && range.upperBound <= text.utf8.count)
                end = range.upperBound
            }
        }
    }
}
