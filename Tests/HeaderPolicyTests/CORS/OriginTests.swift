import HTTPModel
import Testing

@testable import HeaderPolicy

@Suite struct OriginTests {
    /// What is written, and what the error says or advises.
    @Test(
        arguments: [
            ("http://127.1:3999", "write \"http://127.0.0.1:3999\""), ("http://0x7f.1", "write \"http://127.0.0.1\""),
            ("http://0177.0.0.1:*", "write \"http://127.0.0.1:*\""), ("http://2130706433", "write \"http://127.0.0.1\""),
            ("http://127.0.0.1.", "write \"http://127.0.0.1\""), ("http://1.2.3.256", "no IPv4 address"),
            ("http://1.2.3.4.5", "no IPv4 address"), ("https://app.1", "no IPv4 address"), ("https://app.0xG", nil),
            ("http://09.1", "no IPv4 address"), ("http://[0:0:0:0:0:0:0:1]", "write \"http://[::1]\""),
            ("http://[0:0:0:0:0:0:0:1]:*", "write \"http://[::1]:*\""), ("http://[2001:DB8::0:1]:90", "[2001:db8::1]:90"),
            ("http://[2001:db8:0:0:1:0:0:1]", "[2001:db8::1:0:0:1]"), ("http://[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
            ("http://[2001:db8::1:0:0:0]", "[2001:db8:0:0:1::]"), ("http://[1::2:3:4:5:6:7]", "[1:0:2:3:4:5:6:7]"),
            ("http://[::1]", nil), ("http://[::]", nil), ("http://[1:2:3:4:5:6:7:8]:1", nil), ("http://[::1", "IPv6"),
            ("http://[fe80::1%25eth0]", "IPv6"), ("http://::1", "[::1]"), ("https://a..b", "between two dots"),
            ("https://.a", "between two dots"), ("https://*..a", "between two dots"), ("https://a:", "1 to 65535"),
            ("https://a:0", "1 to 65535"), ("https://a:65536", "1 to 65535"), ("https://a:080", "https://a:80"),
            ("https://a:-1", "1 to 65535"), ("https://a:1:2", "more than one `:`"), ("https://a/", "write \"https://a\""),
            ("https://a?", "write \"https://a\""), ("https://a#x", "write \"https://a\""), ("https://u@a", "https://a"),
            ("https://" + String(repeating: "a", count: 64), "63 characters"),
            ("https://a." + String(repeating: "a", count: 63), nil),
            ("https://" + String(repeating: "abcdefg.", count: 32) + "example", "253 characters"),
            ("https://bücher.example", "write \"https://xn--bcher-kva.example\""),
            ("https://*.bücher.example:*", "write \"https://*.xn--bcher-kva.example:*\""),
            ("https://例え.テスト", "https://xn--r8jz45g.xn--zckzah"), ("https://faß.example", "xn--fa-hia.example"),
            ("https://mañana.com", "xn--maana-pta.com"), ("https://a b", "not a host name"), ("https://a%62", "not a host name"),
            ("https://*.127.0.0.1", "stands before an address"), ("https://*.1.2", "four decimal numbers"),
            ("https://*.[::1]", "stands before an address"), ("file:///x", "`null`"), ("file://", "`null`"),
            ("data://x", "`null`"),
            ("ws://a.example", "write \"http://a.example\""), ("wss://a.example:90", "write \"https://a.example:90\""),
            ("https://*.com", "strangers"), ("https://*.github.io", "strangers"), ("https://*.CO.uk:8443", "strangers"),
            ("https://*.kobe.jp", "strangers"), ("https://*.app.vercel.app", nil), ("https://*.city.kobe.jp", nil),
            ("https://*.localhost", nil), ("https://*.example", nil), ("https://*.internal", nil), ("https://github.io", nil),
            ("https://a.example.", nil), ("https://A.example:443", nil), ("https://a_b.example", nil),
            ("https://xn--bcher-kva.example", nil), ("", "an origin is empty"), ("All", "write \"*\""),
            // An app's pages without a host.
            ("app://.", nil), ("https://.", "between two dots"), ("App://.", "in lower case"),
            // Help that can be followed.
            ("*:*", "write \"*\""), (".*", "write \"*\""), ("http://localhost:3000:80", "write one port"),
            (".app.example", "write \"https://*.app.example\""), ("//app.example", "write \"https://app.example\""),
            ("https:app.example", "write \"https://app.example\""), ("http:/localhost:3000", "write \"http://localhost:3000\""),
            ("about:blank", "`null`"), ("data:text/html", "`null`"), ("moz-extension://*", "write each out"),
            (#"/https:\/\/app\.example/"#, #"write 'regex:https://app\.example'"#),
            (#"^https://.*\.app\.example$"#, #"write 'regex:https://.*\.app\.example'"#),
            ("https://(a|b).app.example", "write 'regex:https://(a|b).app.example'"),
            // Expressions that match what browsers send, and nothing of it.
            ("regex:app[.]example", "write 'regex:https://app[.]example'"),
            ("regex:/^https:[/][/]app[.]example$/", "write 'regex:https:[/][/]app[.]example'"),
            ("regex: https://app[.]example", "write 'regex:https://app[.]example'"),
            ("regex:https://app[.]example/", "write 'regex:https://app[.]example'"),
            ("regex:https://app[.]example:443", "write 'regex:https://app[.]example'"),
            ("regex:http://app[.]example:80/", "write 'regex:http://app[.]example'"),
            ("regex:https://App[.]example", "in lower case"), ("regex:null", "as a whole"), ("regex:", "as a whole"),
            ("regex:(?i)https://App[.]example", nil), ("regex:https?://app[.]example(:443|:8443)?", nil),
            ("regex:http://app[.]example:443", nil), ("regex:https://app[.]example:[0-9]+", nil),
            ("regex:http://[0-9.]+", nil), (#"regex:http://\[.*\]:3000"#, nil), ("regex:.*app[.]example", nil),
            ("regex:(moz|chrome)-extension://[a-z0-9-]+", nil), (#"regex:https://\bapp\b[.]example"#, nil),
            ("regex:https://app[.]example/?", nil), ("regex:https://[^/]{80}[.]example", nil),
        ] as [(String, String?)])
    func entry(_ text: String, _ said: String?) {
        var compiler = CORSCompiler()
        var policy = CORSPolicy(location: at(1))
        policy.allowOrigins = [Located(text, at: at(1))]
        _ = compiler.compile(policy)
        let error = compiler.errors.first
        let all = "\(error?.message ?? "") \(error?.suggestion ?? "")"
        #expect((error == nil) == (said == nil), "\(all)")
        #expect(said.map { all.contains($0) } ?? true, "\(all)")
    }

    /// Expressions that let somebody else in, with an origin that shows it, and safe ones.
    @Test(
        arguments: [
            (".*", "https://evil.com"), ("https?://.*", "https://evil.com"), ("https://.+", "https://evil.com"),
            ("https://[a-z.]+", "https://evil.com"), ("https://app.example.com", "https://appxexample.com"),
            ("https://www\\.app.example\\.com", "https://www.appxexample.com"),
            ("https://app\\.example\\.com.*", "https://app.example.com.evil.com"),
            ("https://app\\.example\\.com(\\..*)?", "https://app.example.com.a.evil.com"),
            ("https://.*app\\.example\\.com", nil), ("https://.*example\\.com", "https://evilaexample.com"),
            ("https://(.*\\.)?example\\.com", nil), ("https://.*\\.example\\.com", nil),
            ("https://app\\.example\\..*", "https://app.example.a.evil.com"), ("https://app\\.[a-z]+", "https://app.evil"),
            ("https://[a-z]+\\.com", "https://evil.com"), ("https://[a-z]+\\.github\\.io", "https://evil.github.io"),
            ("https://me\\.github\\.io", nil), ("https://my-app-[a-z0-9]+\\.vercel\\.app", "https://my-app-aevil.vercel.app"),
            ("https://app[.]example[.]com(:[0-9]+)?", nil), ("https?://app[.]example[.]com", nil),
            ("https://(a|b)\\.example\\.com", nil), ("https://(a|b).example\\.com", "https://axexample.com"),
            ("https://(app\\.one\\.example|app\\.two\\.example)", nil), ("http://localhost:[0-9]+", nil),
            ("http://localhost.*", "http://localhost.evil.com"), ("http://127\\.0\\.0\\.1:[0-9]+", nil),
            ("http://192\\.168\\.[0-9]+\\.[0-9]+", nil), ("(?i)https://[A-Z]+\\.APP\\.example\\.com", nil),
            ("https://[^.]+\\.example\\.com", nil), ("https://([a-z0-9-]+\\.){1,3}example\\.com", nil),
            ("https://[a-z]+\\.internal", nil), ("capacitor://localhost", nil), ("https://pr-[0-9]+[.]app[.]example", nil),
            ("https://app\\.example\\.com|https://.*", "https://evil.com"), ("^https://app\\.example\\.com$", nil), ("(", nil),
            (".*app[.]example", "https://evilaapp.example"),
        ] as [(String, String?)])
    func probes(_ pattern: String, _ foreign: String?) throws {
        let probes = OriginProbes(pattern)
        #expect(probes.foreign == foreign)
        guard let foreign = probes.foreign else { return }
        #expect(try LinearRegex(pattern, anchored: true).matches(foreign.utf8.span))
    }

    @Test(arguments: [
        ("https?://app[.]example[.]com", true), ("https://app[.]example[.]com", false), ("http://localhost:[0-9]+", false),
        (".*://app[.]example[.]com", true), ("http://app[.]example[.]com", true), ("http://127[.]0[.]0[.]1", false),
    ])
    func overTheWire(_ pattern: String, _ isInsecure: Bool) {
        #expect((OriginProbes(pattern).insecure != nil) == isInsecure)
    }
}
