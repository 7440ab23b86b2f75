import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// Checks how browsers will treat cookies.
extension Linter {
    /// - Parameter new: the index of the first rule that was not checked before.
    mutating func checkCookies(_ rules: [Rule], from new: Int, on route: Route) {
        checkReach(rules, Self.sites(of: route))
        var earlier: Located<String>?
        for (number, rule) in rules.enumerated() {
            for effect in number >= new ? rule.action.effects : [] where effect.name.value.lowercased() == "set-cookie" {
                switch effect.kind {
                case .replaced(let value):
                    warn(
                        .setCookieReplaces, "this takes away every cookie that the app sets", at: effect.name.location,
                        "use `add`")
                    checkCookie(value)
                case .appended(let value): checkCookie(value)
                case .merged, .removed, .renamed, .received, .changed: break
                }
            }
            guard let policy = rule.action as? CookiePolicy else { continue }
            if let domain = policy.domain, let reason = CookieVerdict.refusal(ofDomain: domain.value) {
                warn(.refusedCookie, "browsers refuse these cookies: \(reason.text)", at: domain.location, reason.fix)
            }
            if let sameSite = policy.sameSite, let first = earlier, !policy.force, sameSite != first {
                warn(
                    .sameSiteWritten,
                    "`same_site` is of no effect: the rule on line \(first.location.line) has given every cookie its SameSite",
                    at: sameSite.location, "put this rule above that one, or add `force: true`")
            }
            if policy.names.isEmpty, rule.isUnconditional { earlier = policy.sameSite ?? earlier }
            if let secure = policy.secure, secure.value, !mayBeHTTPS, rule.condition == nil {
                warn(
                    .secureCookieOnHTTP,
                    "over plain http, which is all that this proxy speaks, browsers refuse Secure cookies except on localhost",
                    at: secure.location, "name the balancer that ends TLS in `trusted_proxies`")
            }
        }
    }

    private mutating func checkCookie(_ value: Located<String>) {
        guard let reason = CookieVerdict.refusal(of: value.value, isSecure: true) else { return }
        warn(.refusedCookie, "browsers refuse this cookie: \(reason.text)", at: value.location, reason.fix)
    }

    /// Checks whether cookies reach the pages that `cors` allows. A page of another site that gets credentials receives and sends
    /// only cookies with SameSite=None. A cookie without SameSite is `Lax` for Chromium, and `None` for others until a rule
    /// writes something else.
    ///
    /// - Parameter sites: the sites of the route's hosts.
    mutating func checkReach(_ rules: [Rule], _ sites: Set<String>) {
        var kept: [Located<String>] = []
        for rule in rules {
            guard let sameSite = (rule.action as? CookiePolicy)?.sameSite, sameSite.value.lowercased() != "none"
            else { continue }
            kept.append(sameSite)
        }
        guard !kept.isEmpty, let page = Self.foreignPage(rules, sites) else { return }
        for sameSite in kept {
            warn(
                .cookieStaysBehind,
                "\(page.value) on line \(page.location.line) is another site, with credentials, and gets no cookie that says SameSite=\(sameSite.value)",
                at: sameSite.location,
                "give the cookies that it needs `same_site: None` with `secure: true` by a rule above, by their `names`")
        }
    }

    static func sites(of route: Route) -> Set<String> {
        Set(route.hosts.map { PublicSuffix.site(of: $0.value.replacing("*", by: "x")) })
    }

    /// Returns an origin with credentials that is of another site than the route's hosts or, if those are not known, than the
    /// origin before it.
    private static func foreignPage(_ rules: [Rule], _ sites: Set<String>) -> Located<String>? {
        var first: String?
        for rule in rules {
            guard let policy = rule.action as? CORSPolicy, policy.allowCredentials?.value ?? false else { continue }
            for origin in policy.allowOrigins {
                guard let url = WebURL(origin.value.replacing(":*", by: "").replacing("*", by: "x")) else { continue }
                let site = PublicSuffix.site(of: url.host)
                if sites.isEmpty {
                    if url.isLoopback { continue }
                    if let first, first != site { return origin }
                    first = site
                } else if !sites.contains(site) {
                    return origin
                }
            }
        }
        return nil
    }
}
