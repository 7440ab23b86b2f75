import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// Proposes rules for what an app sends besides CORS, each with its reason.
enum AppRules {
    /// Fields that tell a browser what it may do with a page.
    private static let security = [
        "Strict-Transport-Security", "Content-Security-Policy", "Content-Security-Policy-Report-Only", "X-Frame-Options",
        "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy", "Cross-Origin-Opener-Policy",
        "Cross-Origin-Embedder-Policy",
        "Cross-Origin-Resource-Policy",
    ]

    /// Security fields that break no page, added if the app does not send them.
    private static let harmless = [
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "SAMEORIGIN"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ]

    /// Fields that reveal the server's software.
    private static let software = [
        "Server", "X-Powered-By", "X-AspNet-Version", "X-AspNetMvc-Version", "X-Generator", "X-Runtime",
    ]

    static func add(to draft: inout InitDraft, _ app: AppFindings?) {
        addSecurity(to: &draft, app)
        addCookies(to: &draft, app)
        addSoftware(to: &draft, app)
    }

    private static func addSecurity(to draft: inout InitDraft, _ app: AppFindings?) {
        for name in security {
            guard let value = app?.page.values(name).first else { continue }
            guard !value.contains(text: "'nonce-") else {
                draft.addSuggestion(
                    [], because: ["The app's \(name) has a nonce, which is another each time: it is left to the app."])
                continue
            }
            let isEverywhere = app?.error.map { !$0.values(name).isEmpty } ?? false
            let errors = isEverywhere ? "also where it fails before it can" : "its errors, which lack it, included"
            draft.addRule(
                ["- set: { \(name): \(YAMLText.literal(value)) }", "  if: absent"],
                because: ["The app sends it. Here it is on every answer, \(errors); one of the app's own stays."], isFromApp: true
            )
        }
        let missing = harmless.filter { app?.page.values($0.0).isEmpty != false }
        for (index, (name, value)) in missing.enumerated() {
            let reason =
                app == nil
                ? "Breaks no page, and stays out of the way of what the app sends itself."
                : "The app sends none; these break no page."
            draft.addRule(["- set: { \(name): \(value) }", "  if: absent"], because: index == 0 ? [reason] : [])
        }
        draft.addSuggestion(
            ["- preset: security"],
            because: [
                "All that OWASP proposes, where the app sends none of its own. Its Content-Security-Policy stops inline scripts: try your pages."
            ])
    }

    /// Reports cookies that scripts need not read, or that other sites' pages need not send.
    private static func addCookies(to draft: inout InitDraft, _ app: AppFindings?) {
        var open: [String] = []
        var unbound: [String] = []
        for line in app?.page.values("Set-Cookie") ?? [] {
            let name = String(line.prefix { $0 != "=" && $0 != ";" }).filter { !$0.isWhitespace }
            guard !name.isEmpty, let attributes = CookieVerdict.attributes(of: line) else { continue }
            // Scripts send these cookies back, so they must be able to read them.
            let isForScripts = ["csrf", "xsrf"].contains { name.lowercased().contains(text: $0) }
            if !attributes.isHTTPOnly, !isForScripts, !open.contains(name) { open.append(name) }
            if !attributes.hasSameSite, !unbound.contains(name) { unbound.append(name) }
        }
        for (names, attribute, setting) in [
            (open, "HttpOnly: scripts of the page can read it", "http_only: true"), (unbound, "SameSite", "same_site: Lax"),
        ] where !names.isEmpty {
            let list = names.map { YAMLText.withoutVariables($0.replacing("*", by: "")) }.joined(separator: ", ")
            draft.addRule(
                ["- cookies: { names: [\(list)], \(setting) }"],
                because: ["The app sends \(names.map { "`\($0)`" }.joined(separator: ", ")) without \(attribute)."],
                isFromApp: true)
        }
    }

    private static func addSoftware(to draft: inout InitDraft, _ app: AppFindings?) {
        let said = software.compactMap { name in app?.page.values(name).first.map { "\(name): \($0)" } }
        let names = app == nil ? ["Server", "X-Powered-By"] : software.filter { app?.page.values($0).isEmpty == false }
        guard !names.isEmpty else { return }
        draft.addRule(
            ["- remove: [\(names.joined(separator: ", "))]"],
            because: said.isEmpty
                ? ["Nobody needs to know what the app is made with."]
                : ["The app says what it is made with (\(said.joined(separator: "; "))); nobody needs to know."])
    }
}
