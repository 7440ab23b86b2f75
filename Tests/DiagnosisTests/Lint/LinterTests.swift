import Diagnosis
import Foundation
import HeaderPolicy
import ProxyConfig
import ProxyCore
import Testing

/// Planted faults: each is found, under its code, and on its line.
@Suite struct LinterTests {
    struct Fault: Sendable {
        var code: LintCode
        /// Response rules, unless it begins with a key of the root. The faulty line ends with `#!`.
        var text: String
    }

    private static let faults: [Fault] = rules + cors + values + settings

    private static let rules: [Fault] = [
        Fault(code: .overwritten, text: "- set: { X-A: a } #!\n- set: { X-A: b }"),
        Fault(code: .overwritten, text: "- set:\n    X-B: b\n    X-A: a #!\n- set: { X-C: c }\n- set: { x-a: b }"),
        Fault(code: .overwritten, text: "- add: { X-A: a } #!\n- set: { X-A: b }"),
        Fault(code: .neverAbsent, text: "- set: { X-A: a }\n- set: { X-A: b } #!\n  if: absent"),
        Fault(code: .overwritten, text: "- set: { X-A: a } #!\n- remove: [X-A]\n  when: { status: 5xx }\n- set: { X-A: b }"),
        Fault(code: .overwritten, text: "- stop: true\n  when: { status: 5xx }\n- set: { X-A: a } #!\n- set: { X-A: b }"),
        Fault(code: .neverAbsent, text: "- set: { X-A: a }\n- remove: [Y-*]\n- set: { X-A: b } #!\n  if: absent"),
        Fault(code: .neverAbsent, text: "- merge: { Vary: Accept }\n- add: { Vary: Cookie } #!\n  if: absent"),
        Fault(
            code: .presetWinsOverRule,
            text: "- preset: security\n- set: { Content-Security-Policy: \"default-src 'none'\" } #!\n  if: absent"),
        Fault(code: .presetWinsOverRule, text: "- preset: security\n- set: { Referrer-Policy: same-origin } #!\n  if: absent"),
        Fault(code: .neverPresent, text: "- remove: [X-A]\n- set: { X-A: b } #!\n  if: present"),
        Fault(code: .neverAbsent, text: "- set: { X-A: a }\n- merge: { X-A: b } #!\n  if: absent"),
        Fault(code: .neverPresent, text: "- remove: X-A\n- merge: { X-A: b } #!\n  if: present"),
        Fault(code: .neverPresent, text: "- remove: X_A\n- set: { X-A: b } #!\n  if: present"),
        Fault(code: .neverPresent, text: "- remove: [\"X-*\"]\n- set: { X-A: b } #!\n  if: present"),
        Fault(code: .neverPresent, text: "- remove: X-A\n- edit: { X-A: { match: a, replace: b } } #!"),
        Fault(code: .neverPresent, text: "- remove: [\"X-*\"]\n- rename: { X-A: Y-A } #!"),
        Fault(code: .overwritten, text: "- set: { X-A: a } #!\n- set: { X_A: b }"),
        Fault(code: .renamedAgain, text: "- rename:\n    X-A: X-B\n    x-b: X-A #!"),
        Fault(code: .renamedAgain, text: "- rename:\n    X-A: X-B\n    X-C: X-D\n    X-B: X-E #!"),
        Fault(code: .setThenRemoved, text: "- set: { X-A: a }\n- remove: [X_A] #!"),
        Fault(code: .setThenRemoved, text: "- set: { X-A: a }\n- remove: [\"x_*\"] #!"),
        Fault(code: .impossibleCondition, text: "- remove: X-A\n- set: { X-B: b }\n  when: { response_header: X-A } #!"),
        Fault(code: .impossibleCondition, text: "- remove: \"X-*\"\n- set: { B: b }\n  when: { response_header: { X-A: a } } #!"),
        Fault(
            code: .impossibleCondition,
            text: "- set: { X-A: a }\n- set: { B: b }\n  when: { response_header: { X-A: absent } } #!"),
        Fault(code: .impossibleCondition, text: "- set: { X-A: a }\n  when: { status: 404, not: { status: 4xx } } #!"),
        Fault(code: .impossibleCondition, text: "- set: { X-A: a }\n  when: { request_header: { X_B: absent } } #!"),
        Fault(
            code: .impossibleCondition, text: "routes:\n  - { when: { request_header: X_B }, respond: 200 } #!\n  - respond: 404"),
        Fault(code: .singleFieldTwice, text: "- add: { Content-Type: a/b } #!"),
        Fault(code: .singleFieldTwice, text: "request_headers:\n  - add: { Cookie: a=b } #!"),
        Fault(code: .impossibleCondition, text: "- set: { X-A: a }\n  when: { method: GET, not: { method: [GET, HEAD] } } #!"),
        Fault(code: .impossibleCondition, text: "- set: { X-A: a }\n  when: { path: /a/b, not: { path: /a/** } } #!"),
        Fault(
            code: .impossibleCondition,
            text: "routes:\n  - { host: a.example, when: { host: b.example }, respond: 200 } #!\n  - respond: 404"),
        Fault(
            code: .impossibleCondition,
            text:
                "routes:\n  - host: a.example\n    respond: 200\n    response_headers:\n      - set: { X-A: a }\n        when: { host: b.example } #!"
        ),
        Fault(code: .impossibleCondition, text: "routes:\n  - { when: { scheme: https }, respond: 200 } #!\n  - respond: 404"),
        Fault(code: .impossibleCondition, text: "routes:\n  - { when: { path: /a, not: { path: /a } }, respond: 200 } #!"),
        Fault(code: .afterStop, text: "- stop: true\n- set: { X-A: a } #!"),
        Fault(code: .singleFieldTwice, text: "- set: { X-Frame-Options: DENY }\n- add: { X-Frame-Options: SAMEORIGIN } #!"),
        Fault(code: .singleFieldTwice, text: "- set: { Referrer-Policy: no-referrer }\n- add: { Referrer-Policy: origin } #!"),
        Fault(code: .setThenRemoved, text: "- set: { X-A: a }\n- remove: [X-A] #!"),
        Fault(code: .contentTypeRemoved, text: "- remove: [Content-Type] #!"),
        Fault(code: .impossibleCondition, text: "- set: { X-A: a }\n  when: { scheme: https } #!"),
        Fault(code: .impossibleCondition, text: "- set: { X-A: a }\n  when: { status: 103 } #!"),
        Fault(
            code: .impossibleCondition,
            text: "- cors: { allow_origins: [https://a.example] }\n  when: { response_header: { X-Public: \"1\" } } #!"),
        Fault(
            code: .pathOutsideRoute,
            text:
                "routes:\n  - path: /api/**\n    respond: 200\n    response_headers:\n      - set: { X-A: a }\n        when: { path: /admin/** } #!"
        ),
        Fault(code: .nameTwice, text: "- set: { X-A: a }\n  name: one\n- set: { X-B: a } #!\n  name: one"),
    ]

    private static let cors: [Fault] = [
        Fault(code: .starWithoutAuthorization, text: "- cors: { allow_origins: [\"*\"], allow_headers: [\"*\"] } #!"),
        Fault(code: .nullOrigin, text: "- cors: { allow_origins: [\"null\"] } #!"),
        Fault(code: .looseOriginPattern, text: "- cors: { allow_origins: ['regex:https://app.example'] } #!"),
        Fault(code: .looseOriginPattern, text: "- cors: { allow_origins: ['regex:https://.*'] } #!"),
        Fault(code: .looseOriginPattern, text: "- cors: { allow_origins: ['regex:.*'], allow_credentials: true } #!"),
        Fault(code: .publicSuffixOrigin, text: "- cors: { allow_origins: ['https://*.github.io'] } #!"),
        Fault(code: .publicSuffixOrigin, text: "- cors: { allow_origins: ['https://*.co.uk:*'] } #!"),
        Fault(code: .unusualOrigin, text: "- cors: { allow_origins: [https://a.example:443] } #!"),
        Fault(code: .unusualOrigin, text: "- cors: { allow_origins: [http://a.example:80] } #!"),
        Fault(code: .unusualOrigin, text: "- cors: { allow_origins: [https://A.example] } #!"),
        Fault(code: .unusualOrigin, text: "- cors: { allow_origins: [https://a.example.] } #!"),
        Fault(code: .forbiddenHeader, text: "- cors: { allow_origins: [https://a.example], allow_headers: [Origin] } #!"),
        Fault(code: .forbiddenHeader, text: "- cors: { allow_origins: [https://a.example], allow_headers: [sec-fetch-mode] } #!"),
        Fault(
            code: .forbiddenHeader,
            text: "- cors: { allow_origins: [https://a.example], allow_headers: [Access-Control-Allow-Origin] } #!"),
        Fault(code: .wideCORS, text: "- cors: { allow_origins: [https://a.example], allow_credentials: true } #!"),
        Fault(
            code: .wideCORS,
            text: "- cors: { allow_origins: [https://a.example], allow_methods: [GET, PUT] } #!\n  when: { method: [GET, POST] }"),
        Fault(
            code: .wideCORS,
            text: "- cors: { allow_origins: [https://a.example], allow_methods: [PUT] } #!\n  when: { not: { method: [PUT] } }"),
        Fault(code: .safelistedHeader, text: "- cors: { allow_origins: [https://a.example], allow_headers: [Accept] } #!"),
        Fault(code: .corsWithoutErrors, text: "- cors: { allow_origins: [https://a.example] }\n  when: { status: 2xx } #!"),
        Fault(
            code: .corsWithoutErrors, text: "- cors: { allow_origins: [https://a.example] }\n  when: { not: { status: 5xx } } #!"),
        Fault(code: .corsWithoutErrors, text: "- cors: { allow_origins: [https://a.example] }\n  when: { source: upstream } #!"),
        Fault(
            code: .corsWithoutErrors,
            text: "- cors: { allow_origins: [https://a.example] }\n  when: { not: { source: proxy } } #!"),
        Fault(code: .corsWithoutErrors, text: stopped("status: 5xx")),
        Fault(code: .corsWithoutErrors, text: stopped("status: [401, 403]")),
        Fault(code: .corsWithoutErrors, text: stopped("not: { status: [2xx, 3xx] }")),
        Fault(code: .corsWithoutErrors, text: stopped("status: 4xx, path: /api/**")),
        Fault(code: .corsWithoutErrors, text: stopped("source: proxy")),
        Fault(code: .afterStop, text: stopped("method: OPTIONS", isOfCORS: true)),
        Fault(code: .afterStop, text: stopped("not: { method: [GET, POST] }", isOfCORS: true)),
        Fault(code: .afterStop, text: stopped("request_header: Access-Control-Request-Method", isOfCORS: true)),
        Fault(code: .afterStop, text: stopped("method: OPTIONS, path: /a/**", isOfCORS: true, "path: /a/b")),
        Fault(code: .afterStop, text: stopped("source: proxy", isOfCORS: true)),
        Fault(code: .afterStop, text: stopped("method: [GET, PUT]", isOfCORS: true)),
        Fault(code: .corsWithoutSuccess, text: stopped("source: upstream", isOfCORS: true)),
        Fault(code: .corsWithoutSuccess, text: stopped("status: 2xx", isOfCORS: true)),
        Fault(code: .corsWithoutSuccess, text: "- cors: { allow_origins: [https://a.example] }\n  when: { source: proxy } #!"),
        Fault(
            code: .corsWithoutSuccess, text: "- cors: { allow_origins: [https://a.example] }\n  when: { not: { status: 2xx } } #!"
        ),
        Fault(
            code: .corsWithoutSuccess,
            text: "- cors: { allow_origins: [https://a.example] }\n  when: { status: [204, 4xx, 5xx] } #!"),
        Fault(code: .impossibleCondition, text: "- cors: { allow_origins: [https://a.example] }\n  when: { method: OPTIONS } #!"),
        Fault(
            code: .impossibleCondition,
            text: "- cors: { allow_origins: [https://a.example], preflight: forward }\n  when: { method: [OPTIONS] } #!"),
        Fault(
            code: .httpOriginWithCredentials,
            text: "- cors: { allow_origins: ['regex:https?://app[.]example[.]com'], allow_credentials: true } #!"),
        Fault(
            code: .httpOriginWithCredentials,
            text: "- cors: { allow_origins: [http://app.example], allow_credentials: true } #!"),
        Fault(
            code: .httpOriginWithCredentials,
            text: "- cors: { allow_origins: [\"http://*.app.example\"], allow_credentials: true } #!"),
        Fault(code: .corsByHand, text: "- set: { Access-Control-Allow-Origin: \"{request.header.x-origin}\" } #!"),
        Fault(code: .corsByHand, text: "- add:\n    X-A: a\n    access-control-max-age: \"{request.id}\" #!"),
        Fault(code: .reflectedOrigin, text: "- set: { Access-Control-Allow-Origin: \"{request.header.origin}\" } #!"),
        Fault(
            code: .reflectedOrigin, text: "- add: { access-control-allow-origin: \"{request.header.Origin}\" } #!\n  if: absent"),
        Fault(code: .unreadable, text: "- set: { Access-Control-Allow-Origin: \"*\" } #!"),
        Fault(code: .unreadable, text: "- cors: { allow_origins: [https://a.example], allow_methods: [patch] } #!"),
        Fault(
            code: .corsTwice,
            text: "- cors: { allow_origins: [https://a.example] } #!\n- cors: { allow_origins: [https://b.example] }"),
        Fault(code: .safelistedExpose, text: "- cors: { allow_origins: [https://a.example], expose_headers: [Set-Cookie] } #!"),
        Fault(code: .safelistedExpose, text: "- cors: { allow_origins: [https://a.example], expose_headers: [Content-Type] } #!"),
        Fault(code: .corsByHand, text: "- edit: { Access-Control-Allow-Origin: { match: \"^.*$\", replace: \"*\" } } #!"),
        Fault(code: .corsByHand, text: answered("edit: { access-control-max-age: { match: \"1\", replace: \"2\" } } #!")),
        Fault(code: .corsByHand, text: "- rename: { X-Allow: Access-Control-Allow-Origin } #!"),
        Fault(code: .corsTakenAway, text: answered("rename: { Access-Control-Allow-Origin: X-Old } #!")),
        Fault(code: .corsTakenAway, text: answered("remove: [Access-Control-Allow-Origin] #!")),
        Fault(code: .corsTakenAway, text: answered("remove: [Access_Control_Allow_Origin] #!")),
        Fault(code: .corsTakenAway, text: answered("remove: [\"Access_*\"] #!")),
        Fault(code: .corsByHand, text: answered("set: { Access_Control_Allow_Origin: x } #!")),
        Fault(code: .corsTakenAway, text: answered("remove: [\"Access-Control-*\", Vary] #!")),
        Fault(code: .corsTakenAway, text: answered("remove: [\"A*\"] #!\n  when: { status: 5xx }")),
        Fault(code: .corsTakenAway, text: answered("remove: [Access-Control-Max-Age] #!", ", max_age: 5")),
        Fault(
            code: .corsTakenAway,
            text: answered("remove: [Access-Control-Allow-Origin] #!\n  when: { path: /api/v1/** }", when: "path: /api/**")),
    ]

    /// A `stop` above `cors`; the finding is about one of them.
    private static func stopped(_ condition: String, isOfCORS: Bool = false, _ other: String? = nil) -> String {
        let (first, second) = isOfCORS ? ("", " #!") : (" #!", "")
        return "- stop: true\n  when: { \(condition) }\(first)\n- cors: { allow_origins: [https://a.example] }\(second)"
            + (other.map { "\n  when: { \($0) }" } ?? "")
    }

    /// A rule behind `cors`.
    private static func answered(_ rule: String, _ settings: String = "", when condition: String? = nil) -> String {
        let condition = condition.map { "  when: { \($0) }\n" } ?? ""
        return "- cors: { allow_origins: [https://a.example]\(settings) }\n\(condition)- \(rule)"
    }

    private static let values: [Fault] = [
        Fault(code: .transportSecurityOnHTTP, text: "- set: { Strict-Transport-Security: max-age=63072000 } #!"),
        Fault(
            code: .transportSecurityShort,
            text: "trusted_proxies: [10.0.0.0/8]\nresponse_headers:\n  - set: { Strict-Transport-Security: max-age=300 } #!"),
        Fault(
            code: .transportSecurityShort,
            text: "trusted_proxies: [10.0.0.0/8]\nresponse_headers:\n  - set: { Strict-Transport-Security: max-age=0 } #!"),
        Fault(code: .referrerLeaks, text: "- set: { Referrer-Policy: unsafe-url } #!"),
        Fault(code: .referrerLeaks, text: "- set: { Referrer-Policy: no-referrer-when-downgrade } #!"),
        Fault(code: .filterOfOldBrowsers, text: "- set: { X-XSS-Protection: 1; mode=block } #!"),
        Fault(code: .deprecatedField, text: "- set: { Expect-CT: max-age=1 } #!"),
        Fault(code: .deprecatedField, text: "- set: { Feature-Policy: \"camera 'none'\" } #!"),
        Fault(code: .deprecatedField, text: "- set: { X-UA-Compatible: IE=edge } #!"),
        Fault(
            code: .deprecatedField, text: "- cors:\n    allow_origins: [https://a.example]\n    allow_private_network: true #!"),
        Fault(
            code: .preloadIncomplete,
            text: "- set: { Strict-Transport-Security: \"max-age=63072000; preload; {request.id}\" } #!"),
        Fault(code: .unreadable, text: "- set: { Strict-Transport-Security: max-age=63072000; preload } #!"),
        Fault(code: .ignoredValue, text: "- merge: { X-Frame-Options: ALLOWALL } #!"),
        Fault(code: .unreadable, text: "- merge: { Cache-Control: no-chache } #!"),
        Fault(code: .unreadable, text: "- set: { X-Frame-Options: ALLOWALL } #!"),
        Fault(code: .foreignVariable, text: "- set: { X-Real: $remote_addr } #!"),
        Fault(code: .foreignVariable, text: "- add: { X-Url: \"$scheme://$host$request_uri\" } #!"),
        Fault(code: .foreignVariable, text: "- set: { X-Agent: \"a $http_user_agent b\" } #!"),
        Fault(code: .foreignVariable, text: "- set: { X-Host: \"{{ host }}\" } #!"),
        Fault(code: .foreignVariable, text: "- set: { X-A: $1 } #!"),
        Fault(code: .foreignVariable, text: "- edit: { Location: { match: \"/(.*)\", replace: '/new/\\1' } } #!"),
        Fault(code: .foreignVariable, text: "request_headers:\n  - set: { X-Real-IP: $remote_addr } #!"),
        Fault(code: .foreignVariable, text: "routes:\n  - { path: /a, redirect: \"https://$host$request_uri\" } #!"),
        Fault(code: .foreignVariable, text: "routes:\n  - { path: /a/**, redirect: \"/b/$1?{query}\" } #!"),
        Fault(code: .refusedCookie, text: "- add: { Set-Cookie: \"a={request.id}; SameSite=None\" } #!"),
        Fault(code: .refusedCookie, text: "- add: { Set-Cookie: \"__Host-a={request.id}; Secure; Path=/x\" } #!"),
        Fault(code: .refusedCookie, text: "- set: { set-cookie: \"__Secure-a={request.id}; Path=/\" } #!"),
        Fault(code: .setCookieReplaces, text: "- set: { Set-Cookie: a=b } #!"),
        Fault(code: .secureCookieOnHTTP, text: "- cookies: { secure: true } #!"),
        Fault(code: .cookieStaysBehind, text: cookies(["https://a.example", "https://b.example"], sameSite: "Lax")),
        Fault(code: .cookieStaysBehind, text: cookies(["https://a.github.io", "https://b.github.io"], sameSite: "Strict")),
        Fault(code: .cookieStaysBehind, text: cookies(["https://*.other.example"], sameSite: "Lax", host: "api.shop.example")),
        Fault(code: .cookieStaysBehind, text: cookies(["http://localhost:*"], sameSite: "Lax", host: "shop.example")),
        Fault(code: .cookieStaysBehind, text: cookies(["https://shop.co.uk"], sameSite: "Lax", host: "api.other.co.uk")),
        Fault(
            code: .sameSiteWritten,
            text: "- cookies: { same_site: Lax }\n- cookies: { names: [session], same_site: Strict } #!"),
        Fault(code: .refusedCookie, text: "- add: { Set-Cookie: \"__Http-a={request.id}; Secure\" } #!"),
        Fault(code: .refusedCookie, text: "- add: { Set-Cookie: \"a={request.id}; Domain=co.uk\" } #!"),
        Fault(code: .refusedCookie, text: "- cookies: { domain: github.io } #!"),
        Fault(code: .refusedCookie, text: "- add: { Set-Cookie: \"__Host-Http-a={request.id}; Secure; HttpOnly\" } #!"),
        Fault(code: .varyMissing, text: "- set: { X-A: \"{request.header.accept-language}\" } #!"),
        Fault(code: .varyMissing, text: "- set: { X-A: \"{request.cookie.theme}\" } #!"),
        Fault(code: .varyMissing, text: "- set: { X-A: a }\n  when: { request_header: { Save-Data: \"on\" } } #!"),
        Fault(code: .varyOverwritten, text: "- set: { Vary: Cookie } #!"),
        Fault(code: .cachesErrors, text: "- set: { Cache-Control: \"public, max-age=3600\" } #!"),
        Fault(
            code: .cachesErrors,
            text:
                "- set: { Cache-Control: \"public, max-age=3600\" } #!\n- stop: true\n  when: { status: 5xx }\n- set: { Cache-Control: no-store }\n  when: { status: [4xx, 5xx] }"
        ),
        Fault(
            code: .cachesErrors,
            text: "- stop: true\n  when: { status: 5xx }\n- set: { Cache-Control: \"public, max-age=3600\" } #!"),
        Fault(
            code: .impossibleCondition,
            text:
                "routes:\n  - path: /a\n    method: OPTIONS #!\n    respond: 204\n    response_headers: [{ cors: { allow_origins: [https://a.example] } }]\n  - respond: 200"
        ),
        Fault(code: .scriptsInline, text: "- set: { Content-Security-Policy: \"default-src 'self' 'unsafe-inline'\" } #!"),
        Fault(
            code: .scriptsInline,
            text: "- set: { Content-Security-Policy: \"default-src 'self'; script-src 'self' 'unsafe-inline'\" } #!"),
        Fault(code: .scriptsEval, text: "- set: { Content-Security-Policy: \"default-src 'self' 'unsafe-eval'\" } #!"),
        Fault(code: .scriptsFromAnywhere, text: "- set: { Content-Security-Policy: \"default-src *\" } #!"),
        Fault(
            code: .scriptsFromAnywhere, text: "- set: { Content-Security-Policy: \"default-src 'self'; script-src https:\" } #!"),
        Fault(code: .noDefaultSource, text: "- set: { Content-Security-Policy: \"img-src 'self'\" } #!"),
        Fault(
            code: .noBaseURI, text: "- set: { Content-Security-Policy: \"default-src 'self'; script-src 'nonce-{nonce}'\" } #!"),
        Fault(
            code: .directiveTwice,
            text: "- merge: { Content-Security-Policy: \"default-src 'self'; img-src 'self'; img-src a.example\" } #!"),
        Fault(code: .constantNonce, text: "- set: { Content-Security-Policy: \"default-src 'self' 'nonce-abc123'\" } #!"),
        Fault(
            code: .cachedNonce,
            text:
                "- set: { Cache-Control: public }\n- set: { Content-Security-Policy: \"default-src 'self' 'nonce-{nonce}'; base-uri 'none'\" } #!"
        ),
        Fault(
            code: .cachedNonce,
            text:
                "- set: { Cache-Control: max-age=3600 }\n- set: { Content-Security-Policy: \"default-src 'self' 'nonce-{nonce}'; base-uri 'none'\" } #!"
        ),
        Fault(code: .clientDecides, text: policy("report-uri /csp{path}")),
        Fault(code: .varyMissing, text: "- set: { X-A: a }\n  when: { not: { request_header: { X-Kind: present } } } #!"),
        Fault(code: .clientDecides, text: "- set: { Content-Security-Policy: \"default-src 'self' {request.header.x-cdn}\" } #!"),
        Fault(code: .scriptsInline, text: policy("script-src-elem 'unsafe-inline'")),
        Fault(code: .scriptsInline, text: policy("script-src-attr 'unsafe-inline'")),
        Fault(code: .scriptsInline, text: policy("img-src 'self', default-src 'unsafe-inline'")),
        Fault(code: .scriptsFromAnywhere, text: policy("script-src-elem https:")),
        Fault(code: .scriptsFromAnywhere, text: policy("script-src-elem https://*:*")),
        Fault(code: .objectsFromAnywhere, text: policy("object-src *")),
        Fault(code: .objectsFromAnywhere, text: policy("object-src data:")),
        Fault(
            code: .objectsFromAnywhere,
            text: "- set: { Content-Security-Policy: \"default-src *; script-src 'self'\" } #!"),
        Fault(code: .baseFromAnywhere, text: policy("base-uri https:")),
        Fault(code: .semicolonMissing, text: policy("img-src a.example font-src b.example")),
        Fault(code: .semicolonMissing, text: policy("img-src a.example upgrade-insecure-requests")),
        Fault(code: .strictDynamicAlone, text: policy("script-src 'strict-dynamic' https:")),
        Fault(code: .scriptsInAttributes, text: policy("script-src-attr 'unsafe-hashes' 'sha256-YWJj'")),
        Fault(code: .sourceOverHTTP, text: policy("img-src http://img.example")),
        Fault(code: .sourceOverHTTP, text: policy("connect-src ws:")),
        Fault(code: .sourceOverHTTP, text: policy("img-src http:")),
        Fault(code: .sourceOverHTTP, text: policy("report-uri http://reports.example/")),
        Fault(code: .sourceIsAddress, text: policy("img-src https://192.0.2.1:8443/x")),
        Fault(code: .sourceIsAddress, text: policy("connect-src 127.0.0.1")),
        Fault(code: .shortNonce, text: policy("script-src 'nonce-abc'; base-uri 'none'")),
        Fault(code: .scriptsOfStrangers, text: policy("script-src https://cdnjs.cloudflare.com")),
        Fault(code: .scriptsOfStrangers, text: policy("script-src-elem *.googleapis.com")),
        Fault(code: .scriptsOfStrangers, text: policy("script-src unpkg.com/")),
    ]

    private static func policy(_ text: String) -> String {
        "- set: { Content-Security-Policy: \"default-src 'self'; \(text)\" } #!"
    }

    private static func cookies(_ origins: [String], sameSite: String, host: String? = nil) -> String {
        """
        trusted_proxies: [10.0.0.0/8]
        response_headers:
          - cors: { allow_origins: [\(origins.map { "\"\($0)\"" }.joined(separator: ", "))], allow_credentials: true }
          - cookies: { same_site: \(sameSite) } #!
        routes: [{ \(host.map { "host: \($0), " } ?? "")respond: 200 }]
        """
    }

    private static let settings: [Fault] = [
        Fault(code: .unreachableRoute, text: "routes:\n  - respond: 200\n  - { path: /a, respond: 404 } #!"),
        Fault(code: .coveredRoute, text: "routes:\n  - { path: /a/**, respond: 200 }\n  - { path: /a/b, respond: 404 } #!"),
        Fault(code: .unusedUpstream, text: "upstreams:\n  app: http://127.0.0.1:1 #!\nroutes: [{ respond: 200 }]"),
        Fault(code: .unusedPolicy, text: "policies:\n  one: [{ set: { X-A: a } }] #!\nroutes: [{ respond: 200 }]"),
        Fault(code: .redirectDropsQuery, text: "routes:\n  - { path: /old/**, redirect: \"/new/{path.rest}\" } #!"),
        Fault(
            code: .redirectToClientsHost,
            text: "routes:\n  - { path: /old, redirect: \"https://{request.header.x-host}/?{query}\" } #!"),
        Fault(code: .redirectToClientsHost, text: "routes:\n  - { path: /old, redirect: \"{request.header.x-next}\" } #!"),
        Fault(code: .redirectToClientsHost, text: redirect("{request.cookie.next}")),
        Fault(code: .redirectToClientsHost, text: redirect("HTTPS://{request.header.X}")),
        Fault(code: .redirectToClientsHost, text: redirect("{scheme}://www.{request.cookie.site}:8443/x?{query}")),
        Fault(code: .redirectLoop, text: "routes:\n  - { redirect: \"/x?{query}\" } #!"),
        Fault(
            code: .redirectLoop,
            text: "routes:\n  - { path: /b/**, respond: 200 }\n  - { path: /**, redirect: \"/app/?{query}\" } #!"),
        Fault(code: .redirectLoop, text: "routes:\n  - { path: /a/**, redirect: \"/a/{path.rest}?{query}\" } #!"),
        Fault(code: .redirectLoop, text: loop("path: /a/*, redirect: \"/a/x?{query}\"")),
        Fault(code: .redirectLoop, text: loop("path: \"regex:^/a\", redirect: \"/a/x?{query}\"")),
        Fault(code: .redirectLoop, text: loop("path: /a/**, redirect: \"/a?{query}\"")),
        Fault(code: .redirectLoop, text: loop("path: /a/**, when: { not: { path: /a/y } }, redirect: \"/a/x?{query}\"")),
        Fault(code: .redirectLoop, text: loop("path: /a/**, method: POST, redirect: { to: \"/a/x?{query}\", status: 307 }")),
        Fault(
            code: .redirectLoop, text: loop("path: /a/**, method: [GET, POST], redirect: { to: \"/a/x?{query}\", status: 303 }")),
        Fault(code: .redirectLoop, text: loop("path: /a/**, method: PUT, redirect: { to: \"/a/x?{query}\", status: 302 }")),
        Fault(code: .trustsEverybody, text: "watch: true\ntrusted_proxies: [10.0.0.0/8, 0.0.0.0/0] #!"),
        Fault(code: .trustsEverybody, text: "watch: true\ntrusted_proxies:\n  - private\n  - \"::/0\" #!"),
        Fault(code: .adminIsPublic, text: "admin: 0.0.0.0:9900 #!"),
        Fault(code: .debugsEverybody, text: "debug: { allow_from: [0.0.0.0/0] } #!"),
        Fault(code: .debugsEverybody, text: "debug: { allow_from: [10.0.0.0/8, \"::/0\"] } #!"),
        Fault(code: .noLimit, text: "watch: true\nlimits: { request_body: 0 } #!"),
        Fault(code: .noTimeout, text: "watch: true\ntimeouts:\n  idle: 60s\n  response: 0 #!"),
    ]

    private static func loop(_ route: String) -> String { "routes:\n  - { \(route) } #!" }

    private static func redirect(_ target: String) -> String { "routes:\n  - { path: /old, redirect: \"\(target)\" } #!" }

    private static func file(_ text: String) -> String {
        if text.hasPrefix("- ") {
            let rules = text.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
            return "response_headers:\n\(rules)\nroutes: [{ respond: 200 }]\n"
        }
        return text + (text.contains("routes:") ? "\n" : "\nroutes: [{ respond: 200 }]\n")
    }

    private static func findings(_ text: String) -> [Finding] {
        Linter.findings(of: ConfigurationLoader(environment: [:]) { _ in [] }.read(text: text, file: "x.yaml"))
    }

    @Test(arguments: faults.indices)
    func finds(_ index: Int) {
        let fault = Self.faults[index]
        let text = Self.file(fault.text)
        let line = (text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.hasSuffix("#!") } ?? -1) + 1
        let found = Self.findings(text)
        let isThere = found.contains { $0.code == fault.code && $0.diagnostic.location.line == line }
        #expect(isThere, "\(fault.code) on line \(line) of\n\(text)\nfound: \(found.text())")
        // The same without the fault's code is not found twice.
        #expect(Set(found).count == found.count)
    }

    /// A setting is pointed at where it stands in its line.
    @Test(arguments: [
        ("trusted_proxies: [10.0.0.0/8, 0.0.0.0/0]", [31]), ("limits: { request_body: 0 }", [11]),
        ("timeouts: { response: 0, idle: 0 }", [13, 26]), ("timeouts: { connect: 1s, request_head: 0 }", [26]),
    ])
    func columns(_ text: String, _ columns: [Int]) {
        #expect(Self.findings("routes: [{ respond: 200 }]\n" + text).map(\.diagnostic.location.column) == columns)
    }

    /// Every code has its fault, but for what the loader says without one.
    @Test func plantsEnough() {
        #expect(Self.faults.count >= 50)
        let missing = Set(LintCode.allCases).subtracting(Self.faults.map(\.code)).subtracting([.loaderWarning])
        #expect(missing.isEmpty, "\(missing)")
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized

    /// Nothing is found in what is packaged.
    @Test func packagedFilesAreClean() throws {
        let folder = Self.root.appending(path: "config")
        let loader = ConfigurationLoader(environment: [:]) { path in Array(try Data(contentsOf: URL(filePath: path))) }
        var files = ["letterhead.yaml"]
        files += try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "examples").path())
            .filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".test.yaml") }.map { "examples/\($0)" }
        for file in files {
            let findings = Linter.findings(of: loader.read(path: folder.appending(path: file).path()))
            #expect(findings.isEmpty, "\(findings.text())")
        }
    }

    /// Sound rules of every kind raise nothing.
    @Test(arguments: [
        "- set: { Cache-Control: private }\n  if: present\n- set: { Cache-Control: no-store }\n  if: absent",
        "- set: { X-A: a }\n- rename: { X-A: X-B }\n- set: { X-A: b }\n  if: absent",
        "- remove: X-A\n- rename: { X-B: X-A }\n- set: { X-A: b }\n  if: present",
        "- set: { X-Flag: a }\n- set: { X-B: b }\n  when: { response_header: { X-Flag: present } }\n- remove: X-Flag",
        "- set: { Cache-Control: \"max-age=60\" }\n  when: { not: { status: [4xx, 5xx] } }",
        "request_headers: [{ set: { X-Flag: a } }, { set: { X-B: b }, when: { request_header: { X-Flag: present } } }, { remove: X-Flag }]",
        """
        policies: { cache: [{ set: { Cache-Control: "max-age=60" }, when: { path: /a/** } }] }
        response_headers: [{ use: cache, when: { status: 2xx } }]
        """,
        """
        trusted_proxies: [10.0.0.0/8]
        response_headers: [{ cors: { allow_origins: [https://a.example] } }]
        routes: [{ path: /a, respond: 200, response_headers: [{ cors: { allow_origins: [https://b.example] } }] }, { respond: 200 }]
        """,
        "routes: [{ path: /app/**, respond: 200 }, { path: /**, redirect: \"/app/?{query}\" }]",
        "routes: [{ path: /app, respond: 200 }, { path: /**, redirect: \"/app?{query}\" }]",
        "routes: [{ path: /a/**, redirect: \"/b/{request.cookie.next}?{query}\" }, { redirect: \"https://{host}/{path.rest}?{query}\" }]",
        "routes: [{ path: /a/**, redirect: \"/{path.rest}?{query}\" }, { respond: 200 }]",
        // What follows is another request.
        "routes: [{ path: /a/**, when: { not: { path: /a/x } }, redirect: \"/a/x?{query}\" }]",
        "routes: [{ path: /a/**, when: { not: { path: /a/x/** } }, redirect: \"/a/x/{path.rest}?{query}\" }]",
        "routes: [{ path: /a/**, method: POST, redirect: { to: \"/a/x?{query}\", status: 303 } }]",
        "routes: [{ path: /a/**, method: POST, redirect: { to: \"/a/x?{query}\", status: 302 } }]",
        "routes: [{ path: /a/**, when: { not: { method: GET } }, redirect: { to: \"/a/x?{query}\", status: 303 } }]",
        "routes: [{ path: /a/*, redirect: \"/a/x/y?{query}\" }, { path: \"regex:^/b$\", redirect: \"/b/x?{query}\" }]",
        "- set: { Content-Security-Policy: \"default-src 'self', script-src 'none'\" }",
        "- preset: security\n- set: { X-Frame-Options: SAMEORIGIN }",
        "- set: { Cache-Control: no-store }\n- set: { Cache-Control: \"public, max-age=60\" }\n  when: { status: 2xx, path: /static/** }",
        "- set: { Content-Security-Policy: \"frame-ancestors 'none'\" }",
        "- set: { X-Lang: \"{request.header.accept-language}\" }\n- merge: { Vary: Accept-Language }",
        "- add: { Link: [</a.css>; rel=preload, </b.css>; rel=preload] }\n- add: { Link: </c.css>; rel=preload }",
        "- cors: { allow_origins: [https://a.example], allow_credentials: true, allow_methods: [GET], allow_headers: [Authorization] }",
        "- cors: { allow_origins: [https://a.example, http://localhost:3000], allow_credentials: true, allow_methods: [GET], allow_headers: [X-A] }\n- cookies: { same_site: Lax }",
        "- cors: { allow_origins: [https://a.shop.co.uk, https://b.shop.co.uk], allow_credentials: true, allow_methods: [GET], allow_headers: [X-A] }\n- cookies: { same_site: Lax }",
        "- cors: { allow_origins: [https://a.example, https://b.example] }\n- cookies: { same_site: Lax }",
        "- cookies: { names: [session], same_site: Strict }\n- cookies: { same_site: Lax }",
        "- cookies: { names: [session], same_site: Strict, force: true }",
        "- cors: { allow_origins: ['regex:https://[a-z0-9-]+[.]app[.]example', 'regex:https://pr-[0-9]+\\.app\\.example\\.com'], allow_credentials: true, allow_methods: [GET], allow_headers: [X-A] }",
        "- cors: { allow_origins: ['regex:https://(app|admin)\\.example\\.com', 'regex:http://localhost:[0-9]+'], allow_credentials: true, allow_methods: [GET], allow_headers: [X-A] }",
        "- cors: { allow_origins: ['regex:https://([a-z0-9-]+\\.)*app\\.example\\.com(:[0-9]+)?'], allow_credentials: true, allow_methods: [GET], allow_headers: [X-A] }",
        "- cors: { allow_origins: ['https://*.a.example', 'http://localhost:*', 'http://*.localhost:*', 'https://a.example:8443'] }",
        "- cors: { allow_origins: [https://a.example], allow_headers: [Content-Type, X-A, Authorization], expose_headers: [ETag] }",
        "- set: { Content-Security-Policy: \"default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic' https: 'unsafe-inline'; base-uri 'none'; object-src 'none'\" }",
        "- set: { Content-Security-Policy: \"default-src 'self'; connect-src wss://a.example http://localhost:3000; script-src 'self' https://unpkg.com/vue@3.4.0/dist/vue.js\" }",
        "- set: { X-Request-ID: \"{request.id}\" }\n- rename: { X-Old: X-New }\n- remove: [Server]",
        // Dollars and braces that are meant.
        "- set: { X-Cost: \"$5\", X-Literal: \"$$host\", X-Braces: \"{{not a placeholder}}\", X-JSON: \"{{ \\\"a\\\": 1 }}\", X-Name: $name }",
        "- edit: { X-A: { match: \"(a)\", replace: \"$1\\\\x\" } }\n- edit: { X-B: { match: a, replace: '\\1' } }",
        // The answer to a preflight may have these, or lacks them as it should.
        "- set: { X-Public: \"1\" }\n- cors: { allow_origins: [https://a.example] }\n  when: { response_header: { X-Public: \"1\" } }",
        "- cors: { allow_origins: [https://a.example] }\n  when: { response_header: { X-Private: absent } }",
        "- cors: { allow_origins: [https://a.example], preflight: forward }\n  when: { response_header: X-Public }",
        // What these take away, no `cors` above has made.
        "- rename: { Access-Control-Allow-Origin: X-Old }\n- remove: [Access-Control-Allow-Origin, \"Access-Control-*\"]",
        "- remove: [\"Access-Control-*\"]\n- cors: { allow_origins: [https://a.example] }",
        answered("remove: [Access-Control-Max-Age, Access-Control-Expose-Headers]"),
        answered("remove: [\"Access-Control-*\"]\n  when: { path: /static/** }", when: "path: /api/**"),
        answered("remove: [\"Access-Control-*\"]\n  when: { path: /a/**, host: a.example }", when: "not: { path: /a/** }"),
        answered("remove: [\"Access-Control-*\"]\n  when: { host: [b.example, c.example] }", when: "host: a.example"),
        """
        response_headers: [{ cors: { allow_origins: [https://a.example] } }]
        routes: [{ path: /a, respond: 200, response_headers: [{ remove: [\"Access-Control-*\"] }] }, { respond: 200 }]
        """,
        // These let preflights and errors through, or are not above.
        "- stop: true\n  when: { method: GET }\n- cors: { allow_origins: [https://a.example] }",
        "- stop: true\n  when: { method: OPTIONS, path: /a/** }\n- cors: { allow_origins: [https://a.example] }",
        "- stop: true\n  when: { method: OPTIONS }\n- cors: { allow_origins: [https://a.example], preflight: forward }",
        "- stop: true\n  when: { path: /static/**, status: 5xx }\n- cors: { allow_origins: [https://a.example] }\n  when: { path: /api/** }",
        "- stop: true\n  when: { path: /static/** }\n- cors: { allow_origins: [https://a.example] }",
        "- stop: true\n  when: { status: 3xx }\n- cors: { allow_origins: [https://a.example] }",
        answered("stop: true\n  when: { status: 5xx }\n- set: { X-A: a }"),
        "- cors: { allow_origins: [https://a.example] }\n  when: { method: [GET, OPTIONS] }",
        "- cors: { allow_origins: [https://a.example] }\n  when: { source: proxy }\n- cors: { allow_origins: [https://a.example] }\n  when: { not: { source: proxy } }",
        // Nothing of these is overwritten, or there already.
        "- add: { Link: [</a>; rel=preload, </b>; rel=preload] }\n  if: absent",
        "- set: { X-A: a }\n- remove: [X-A]\n  when: { status: 5xx }\n- set: { X-A: b }\n  if: absent",
        "- merge: { X-A: a }\n- remove: [X-*]\n- set: { X-A: b }\n  if: absent",
        "- set: { X-A: a }\n- remove: [x-*]\n  when: { status: 5xx }\n- set: { X-A: b }\n  if: absent",
        "- merge: { X-A: \"{request.id}\" }\n- set: { X-A: b }\n  if: absent",
        "- set: { X-A: a }\n- set: { X-A: \"{client.ip}\" }\n  when: { status: 5xx }\n- set: { X-A: b }\n  if: absent",
        "- set: { X-A: a }\n- set: { X-B: \"{response.header.x-a}\" }\n- set: { X-A: b }",
        "- set: { X-A: a }\n- set: { X-A: \"{response.header.X-A}, b\" }",
        "- set: { X-A: a }\n- set: { X-A: \"{nonce}\" }",
        "- set: { Cache-Control: private }\n- set: { X-B: \"{nonce}\" }\n- set: { Cache-Control: no-store }",
        "- merge: { X-A: a }\n- set: { X_A: \"{request.id}\" }\n- set: { X-A: b }\n  if: absent",
        "- merge: { X-A: a }\n- set: { X_A: b }\n  if: absent\n- set: { X-A: c }\n  if: absent",
        // These fields may be there, or not.
        "- remove: [\"X-*\"]\n- add: { X-A: a }\n  when: { status: 5xx }\n- set: { X-A: b }\n  if: present",
        "- remove: [\"X-*\"]\n- edit: { Y-A: { match: a, replace: b } }\n- rename: { X: Y }",
        "- remove: X-A\n  when: { status: 5xx }\n- edit: { X-A: { match: a, replace: b } }",
        "- remove: X-A\n- merge: { X-A: a }\n- set: { X-B: b }\n  when: { response_header: X-A }",
        "- remove: Access-Control-Allow-Origin\n- cors: { allow_origins: [https://a.example] }\n- set: { X-B: b }\n  when: { response_header: Access-Control-Allow-Origin }",
        // Some message meets these.
        "- set: { X-A: a }\n  when: { status: 4xx, not: { status: 404 } }",
        "- set: { X-A: a }\n  when: { method: [GET, PUT], not: { method: [GET, HEAD] } }",
        "- set: { X-A: a }\n  when: { path: /a/**, not: { path: /a/b/**, status: 5xx } }",
        "routes: [{ host: [a.example, b.example], when: { host: b.example }, respond: 200 }, { host: \"*.c.example\", when: { host: d.c.example }, respond: 200 }]",
        "trusted_proxies: [10.0.0.0/8]\nroutes: [{ when: { scheme: https }, respond: 200 }, { respond: 404 }]",
        // Errors are not kept, and neither is a nonce.
        "- set: { Cache-Control: \"public, max-age=600\" }\n- set: { Cache-Control: no-store }\n  when: { status: [4xx, 5xx] }",
        "- set: { Cache-Control: \"public, max-age=600\" }\n- merge: { Cache-Control: no-store }\n  when: { not: { status: [2xx, 304] } }",
        "- set: { Cache-Control: \"public, max-age=600\" }\n  when: { status: [2xx, 304], path: /static/** }\n- set: { Content-Security-Policy: \"default-src 'self' 'nonce-{nonce}'; base-uri 'none'\" }\n  when: { not: { path: /static/** } }",
        "- rename: { X-A: X-Swap, X-B: X-A, X-Swap: X-B }\n- rename: { X-C: X-D, X-E: X-C }\n- rename: { X-D: X-F }",
        "- set: { X-A: a }\n- stop: true\n  when: { status: 5xx }\n- set: { X-A: b }",
        "- set: { X-A: a }\n- stop: true\n  when: { status: 5xx }\n- remove: [X-A]",
        "request_headers: [{ set: { X-A: a } }, { set: { X-B: \"{request.header.X-A}\" } }, { set: { X-A: b } }]",
        "- set: { Content-Type: text/html }\n- set: { X-B: b }\n  when: { content_type: text/html }\n- set: { Content-Type: text/plain }",
        "- set: { X-A: \"{{request.header.X-Foo}}\" }",
        "- stop: true\n  when: { status: [4xx, 5xx] }\n- set: { Cache-Control: \"public, max-age=3600\" }",
        "- stop: true\n  when: { status: 5xx }\n- set: { Cache-Control: \"public, max-age=3600\" }\n- set: { Cache-Control: no-store }\n  when: { status: 4xx }",
        "routes: [{ method: [GET, OPTIONS], respond: 204, response_headers: [{ cors: { allow_origins: [https://a.example] } }] }]",
        // The proxy keeps what a client sends in its place.
        "routes: [{ path: /a, redirect: \"https://{host}{uri}\" }, { path: /b, redirect: \"https://new.example{uri}\" }]",
        "routes: [{ path: /a, redirect: \"https://{host}{path}?{query}\" }, { path: /b, redirect: \"//a.example{path}?{query}\" }]",
        "routes: [{ path: /a, redirect: \"/{request.cookie.lang}{path}?{query}\" }]",
        "routes: [{ path: /a, redirect: \"{scheme}://{request.cookie.shop}.site.example/?{query}\" }]",
    ])
    func soundRules(_ text: String) {
        let found = Self.findings(Self.file(text))
        #expect(found.isEmpty, "\(found.text())")
    }

    /// A finding about two rules stands at the `use` that brings one of them, because the policy may act elsewhere.
    /// Within a policy, it is the `use` there.
    @Test(arguments: [
        ("[{ set: { X-A: a } }]", "- use: p\n- set: { X-A: b }", LintCode.overwritten, [3], "overwritten on line 4"),
        ("[{ set: { X-A: a } }]", "- use: p\n- use: p", .overwritten, [3], "overwritten on line 4"),
        ("[{ set: { X-A: a } }, { set: { X-A: b } }]", "- use: p", .overwritten, [1], "overwritten on line 1"),
        ("[{ set: { X-A: a } }, { set: { X-B: b } }]", "- stop: true\n- use: p", .afterStop, [4], "`stop` on line 3"),
        ("[{ stop: true }]", "- use: p\n- set: { X-A: a }", .afterStop, [4], "`stop` on line 3"),
        ("[{ set: { X-A: a }, if: absent }]", "- set: { X-A: b }\n- use: p", .neverAbsent, [4], "line 3 writes it"),
    ])
    func usesAreNamed(_ policy: String, _ rules: String, _ code: LintCode, _ lines: [Int], _ message: String) {
        let rules = rules.split(separator: "\n").map { "  \($0)\n" }.joined()
        let found = Self.findings(
            "policies: { p: \(policy) }\nresponse_headers:\n\(rules)routes:\n  - respond: 200\n")
        #expect(found.map(\.code) == [code] && found.map(\.diagnostic.location.line) == lines, "\(found.text())")
        #expect(found.first?.diagnostic.message.contains(message) == true, "\(found.text())")
    }

    @Test(arguments: [
        ("    - set: { X-A: a }\n    - use: p", "  - use: q", [4], "overwritten on line 5"),
        ("    - use: p\n    - use: p", "  - use: q", [4], "overwritten on line 5"),
        ("    - use: p\n    - set: { X-B: b }", "  - use: q\n  - use: p", [7], "overwritten on line 8"),
    ])
    func usesWithinAreNamed(_ policy: String, _ rules: String, _ lines: [Int], _ message: String) {
        let text =
            "policies:\n  p: [{ set: { X-A: b } }]\n  q:\n\(policy)\nresponse_headers:\n\(rules)\nroutes: [{ respond: 200 }]\n"
        let found = Self.findings(text)
        #expect(found.map(\.code) == [.overwritten] && found.map(\.diagnostic.location.line) == lines, "\(found.text())")
        #expect(found.first?.diagnostic.message.contains(message) == true, "\(found.text())")
    }

    /// What is said of caching a nonce depends on the order.
    @Test(arguments: [
        ("public, max-age=60", true, "go out without this policy"), ("max-age=60", true, "the same nonce to everybody"),
        ("public, max-age=60", false, "the same nonce to everybody"), ("no-store", true, nil), ("no-store", false, nil),
    ])
    func nonceAndCaches(_ caching: String, _ isAbove: Bool, _ message: String?) {
        let cache = "- set: { Cache-Control: \"\(caching)\" }\n  when: { status: 2xx }"
        let nonce = "- set: { Content-Security-Policy: \"default-src 'self' 'nonce-{nonce}'; base-uri 'none'\" }"
        let found = Self.findings(Self.file(isAbove ? cache + "\n" + nonce : nonce + "\n" + cache))
        #expect(found.map(\.code) == (message == nil ? [] : [.cachedNonce]), "\(found.text())")
        if let message { #expect(found.first?.diagnostic.message.contains(message) == true, "\(found.text())") }
    }

    /// A `cors` that answers again gives back what was taken away.
    @Test func answeredAgain() {
        let cors = "- cors: { allow_origins: [https://a.example] }"
        #expect(Self.findings(Self.file("\(cors)\n- remove: [Access-Control-Allow-Origin]\n\(cors)")).map(\.code) == [.corsTwice])
    }

    /// A name is said as it is written.
    @Test(arguments: [
        "- set: { X-A: \"{request.header.X-In}\" }", "- set: { X-A: a }\n  when: { request_header: { X-In: present } }",
    ])
    func namesAreSpelled(_ rules: String) {
        let found = Self.findings(Self.file(rules))
        #expect(found.map(\.diagnostic.suggestion) == ["write `- merge: { Vary: X-In }` if that is meant"])
    }

    /// What came from a variable is not told.
    @Test func variablesAreNotQuoted() {
        let loader = ConfigurationLoader(environment: ["SECRET": "hunter2.example"]) { _ in [] }
        let text = Self.file("- set: { Content-Security-Policy: \"default-src 'self' http://${SECRET}\" }")
        let found = Linter.findings(of: loader.read(text: text, file: "x.yaml"))
        #expect(found.map(\.code) == [.sourceOverHTTP])
        #expect(!found.text().contains("hunter2") && found.text().contains("`http://${SECRET}`"), "\(found.text())")
    }

    /// The message speaks of what the target has.
    @Test(arguments: [
        ("/x", "nothing in the target has it"), ("/x{path}", "`{path}` is"), ("/x/{path.rest}", "`{path.rest}` is"),
    ])
    func lostQuery(_ target: String, _ reason: String) {
        let found = Self.findings("routes:\n  - { path: /old/**, redirect: \"\(target)\" }\n")
        #expect(found.map(\.code) == [.redirectDropsQuery])
        #expect(found.first?.diagnostic.message.contains(reason) == true)
    }

    /// Every code is explained.
    @Test func everyCodeHasItsPage() throws {
        let page = try String(contentsOf: Self.root.appending(path: "config/reference/lint.md"), encoding: .utf8)
        for code in LintCode.allCases {
            #expect(page.contains("\n## \(code.rawValue)\n\n**\(code.title).**"), "\(code.rawValue)")
        }
        let doctor = try String(contentsOf: Self.root.appending(path: "config/reference/doctor.md"), encoding: .utf8)
        for code in DoctorCode.allCases { #expect(doctor.contains("\n## \(code.rawValue)"), "\(code.rawValue)") }
    }

    @Test func sarifAndJSON() throws {
        let found = Self.findings(Self.file("- set: { X-A: a }\n- set: { X-A: b }"))
        let sarif = try JSONSerialization.jsonObject(with: Data(found.sarif(version: "1").written().utf8)) as? [String: Any]
        let runs = try #require((sarif?["runs"] as? [[String: Any]])?.first)
        let result = try #require((runs["results"] as? [[String: Any]])?.first)
        let driver = try #require((runs["tool"] as? [String: Any])?["driver"] as? [String: Any])
        let rule = try #require((driver["rules"] as? [[String: Any]])?.first)
        for part in ["shortDescription", "fullDescription", "help"] {
            let text = try #require((rule[part] as? [String: String])?["text"])
            #expect(text.contains("Written, then overwritten"))
        }
        #expect(
            rule["helpUri"] as? String == LintCode.overwritten.reference && LintCode.overwritten.reference.hasPrefix("https://"))
        #expect(found.text().hasSuffix("see: \(LintCode.overwritten.reference)\n"))
        #expect(result["ruleId"] as? String == "LH101" && result["level"] as? String == "warning")
        let json = try JSONSerialization.jsonObject(with: Data(found.json.written().utf8)) as? [[String: Any]]
        #expect(json?.first?["line"] as? Int == 2)
        #expect(found.text().contains("x.yaml:2:12: warning[LH101]: "))
    }
}
