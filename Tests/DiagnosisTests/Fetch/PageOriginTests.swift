import Diagnosis
import Testing

/// The origin of a page, as commands and files of tests take it.
@Suite struct PageOriginTests {
    /// What a page's origin may be, and what to write instead.
    @Test(
        arguments: [
            ("https://app.example", nil), ("http://localhost:3000", nil), ("null", nil), ("capacitor://localhost", nil),
            ("tauri://localhost", nil), ("chrome-extension://abcdefghijklmnop", nil), ("http://[::1]:3000", nil),
            ("https://APP.example", "write https://app.example"), ("https://app.example:443", "write https://app.example"),
            ("https://app.example/", "write https://app.example"), ("app.example", "write https://app.example"),
            ("http://127.1:3000", "write \"http://127.0.0.1:3000\""),
            ("https://a..example", "write one such as https://app.example"),
            ("https://*.app.example", "it is that of one page, and has no wildcard"),
            ("file://x", "name the site that sends the page"), ("x y", "write one such as https://app.example"),
            ("regex:^https://a$", "write it out, as in \"https://…\""), ("", "write one such as https://app.example"),
        ] as [(String, String?)])
    func origins(_ origin: String, _ help: String?) {
        #expect(PageOrigin.isValid(origin) == (help == nil))
        if let help { #expect(PageOrigin.help(origin) == help) }
    }
}
