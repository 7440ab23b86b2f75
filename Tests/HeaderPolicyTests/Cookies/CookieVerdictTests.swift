import HeaderPolicy
import Testing

@Suite struct CookieVerdictTests {
    @Test(
        arguments: [
            ("a=b", nil), ("__Secure-a=b; Secure", nil), ("__Secure-a=b", "cookie_prefix"),
            ("__secure-a=b", "cookie_prefix"),
            ("__Host-a=b; Secure; Path=/", nil), ("__Host-a=b; Secure", "cookie_prefix"),
            ("__Host-a=b; Secure; Path=/; Domain=a.example", "cookie_prefix"),
            ("__Host-a=b; Secure; Path=/x", "cookie_prefix"), ("__Http-a=b; Secure; HttpOnly", nil),
            ("__Http-a=b; Secure; HttpOnly; Path=/x; Domain=example.co.uk", nil), ("__Http-a=b; Secure", "cookie_prefix"),
            ("__Http-a=b; HttpOnly", "cookie_prefix"), ("__hTTp-a=b", "cookie_prefix"),
            ("__Host-Http-a=b; Secure; HttpOnly; Path=/", nil), ("__Host-Http-a=b; Secure; Path=/", "cookie_prefix"),
            ("__Host-Http-a=b; Secure; HttpOnly", "cookie_prefix"), ("__HOST-HTTP-a=b; HttpOnly; Path=/", "cookie_prefix"),
            ("__Host-Http-a=b; Secure; HttpOnly; Path=/; Domain=a.example", "cookie_prefix"), ("__HostHttp-a=b", nil),
            ("=__Host-a", "cookie_prefix"), ("__Http-a", "cookie_prefix"), ("=a", nil),
            ("a=b; SameSite=None", "cookie_none_without_secure"), ("a=b; SameSite=None; SameSite=Lax", nil),
            ("a=b; SameSite=Lax; SameSite=None", "cookie_none_without_secure"),
            ("a=b; Domain=example.co.uk", nil), ("a=b; Domain=co.uk", "cookie_domain"), ("a=b; Domain=.UK", "cookie_domain"),
            ("a=b; Domain=www.example.co.uk", nil), ("a=b; Domain=other.example", "cookie_domain"), ("", "cookie_empty"),
            ("a=" + String(repeating: "x", count: 4095), nil), ("a=" + String(repeating: "x", count: 4096), "cookie_too_large"),
        ] as [(String, String?)])
    func verdict(_ cookie: String, _ code: String?) {
        #expect(CookieVerdict.refusal(of: cookie, isSecure: true, host: "www.example.co.uk")?.code == code)
    }
}

@Suite struct PublicSuffixTests {
    @Test(
        arguments: [
            ("app.example.com", "example.com"), ("example.com", "example.com"), ("com", "com"), ("a.b.co.uk", "b.co.uk"),
            ("co.uk", "co.uk"), ("me.github.io", "me.github.io"), ("x.me.github.io", "me.github.io"),
            ("A.B.Example.Com.", "example.com"),
            ("www.ck", "www.ck"), ("a.www.ck", "www.ck"), ("a.b.c.ck", "b.c.ck"), ("city.kobe.jp", "city.kobe.jp"),
            ("x.city.kobe.jp", "city.kobe.jp"), ("a.b.kobe.jp", "a.b.kobe.jp"), ("x.a.b.kobe.jp", "a.b.kobe.jp"),
            ("localhost", "localhost"),
            ("a.localhost", "a.localhost"), ("127.0.0.1", "127.0.0.1"), ("[::1]", "[::1]"), ("a.app.example", "app.example"),
        ])
    func site(_ host: String, _ site: String) { #expect(PublicSuffix.site(of: host) == site) }

    @Test(
        arguments: [
            ("com", true), ("co.uk", true), ("github.io", true), ("GitHub.IO", true), ("vercel.app", true), ("b.kobe.jp", true),
            ("city.kobe.jp", false), ("www.ck", false), ("x.ck", true), ("example.com", false), ("localhost", false),
            ("internal", false), ("example", false), ("zw", true), ("aaa", true), ("", false), ("127.0.0.1", false),
        ])
    func isListed(_ host: String, _ isListed: Bool) { #expect(PublicSuffix.isListed(host) == isListed) }
}
