extension PresetRules {
    /// The fields that the OWASP Secure Headers Project proposes, with its values, wherever the app sent none of its own.
    ///
    /// Its effects: the Content-Security-Policy stops inline scripts and styles and everything from other sites, and the
    /// Permissions-Policy switches off fullscreen, clipboard and autoplay among others. An app that needs these sends its own
    /// field, or a later rule sets one. Strict-Transport-Security and upgrade-insecure-requests go out over https only, where
    /// they do not lock a plain-http site out of itself.
    ///
    /// Left out: Cross-Origin-Embedder-Policy (`require-corp` breaks every image and script of another site that does not
    /// answer for it), Cache-Control (`no-store` on styles and scripts; see `no-store`), Clear-Site-Data (for a log-out only).
    static let security1 = PresetRules(responses: [
        .set("Strict-Transport-Security", "max-age=63072000; includeSubDomains", .absent, .https),
        .set("X-Content-Type-Options", "nosniff"),
        .set("X-Frame-Options", "deny", .absent),
        .set(
            "Content-Security-Policy",
            "default-src 'self'; form-action 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'none'; upgrade-insecure-requests",
            .absent, .https),
        .set(
            "Content-Security-Policy",
            "default-src 'self'; form-action 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'none'", .absent),
        .set("Referrer-Policy", "no-referrer", .absent),
        .set("Permissions-Policy", permissions, .absent),
        .set("Cross-Origin-Opener-Policy", "same-origin", .absent),
        .set("Cross-Origin-Resource-Policy", "same-origin", .absent),
        .set("X-Permitted-Cross-Domain-Policies", "none", .absent),
        .set("X-DNS-Prefetch-Control", "off", .absent),
    ])

    private static let permissions = """
        accelerometer=(), autoplay=(), camera=(), cross-origin-isolated=(), display-capture=(), encrypted-media=(), fullscreen=(), \
        geolocation=(), gyroscope=(), keyboard-map=(), magnetometer=(), microphone=(), midi=(), payment=(), \
        picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), sync-xhr=(self), usb=(), web-share=(), \
        xr-spatial-tracking=(), clipboard-read=(), clipboard-write=(), gamepad=(), hid=(), idle-detection=(), \
        interest-cohort=(), serial=(), unload=()
        """

    /// For responses that programs read (OWASP REST Security): nothing in them runs, is framed, sniffed or kept.
    static let api1 = PresetRules(responses: [
        .set("Strict-Transport-Security", "max-age=63072000; includeSubDomains", .absent, .https),
        .set("X-Content-Type-Options", "nosniff"),
        .set("X-Frame-Options", "deny", .absent),
        .set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'", .absent),
        .set("Referrer-Policy", "no-referrer", .absent),
        .set("Cross-Origin-Resource-Policy", "same-origin", .absent),
        .set("Cache-Control", "no-store", .absent),
    ])

    /// The fields that a Flask app behind `ProxyFix` reads and its users need: one request id on both sides, and no mention of
    /// the server's software. The `X-Forwarded-*` fields that `ProxyFix` reads are there with and without it.
    static let flask1 = PresetRules(
        requests: [.set("X-Request-ID", "{request.id}")],
        responses: [.set("X-Request-ID", "{request.id}"), .remove(["Server", "X-Powered-By"])])

    /// For responses that nobody may keep, without any field that says otherwise.
    static let noStore1 = PresetRules(responses: [
        .set("Cache-Control", "no-store"),
        // Fields that caches might obey instead: older ones, and those of content delivery networks (RFC 9213) and of nginx.
        .remove([
            "Expires", "Pragma", "Age", "CDN-Cache-Control", "Cloudflare-CDN-Cache-Control", "Surrogate-Control",
            "X-Accel-Expires",
        ]),
    ])

    /// For files whose names change with their content (`app.3f9c2d.js`): everybody may keep them for a year and never asks for
    /// them again. Errors, and responses that set a cookie, keep the app's own fields.
    static let staticAssets1 = PresetRules(responses: [
        .set("Cache-Control", "public, max-age=31536000, immutable", .always, .cacheable),
        .set("X-Content-Type-Options", "nosniff"),
    ])

    /// Removes the fields that the OWASP Secure Headers Project removes because they reveal the software of the server.
    static let hideServer1 = PresetRules(responses: [
        .remove([
            "Server", "Liferay-Portal", "X-Turbo-Charged-By", "X-Powered-By", "X-Server-Powered-By", "X-Powered-CMS", "SourceMap",
            "X-SourceMap", "X-AspNetMvc-Version", "X-AspNet-Version", "X-SourceFiles", "X-Redirect-By", "X-Generator",
            "X-Generated-By", "X-CMS", "X-Powered-By-Plesk", "X-Php-Version", "Powered-By", "X-Content-Encoded-By", "Product",
            "X-CF-Powered-By", "X-Framework", "Host-Header", "Pega-Host", "X-Atmosphere-first-request",
            "X-Atmosphere-tracking-id", "X-Atmosphere-error", "X-Mod-Pagespeed", "X-Page-Speed", "X-Varnish-Backend",
            "X-Varnish-Server", "X-Envoy-Upstream-Service-Time", "X-Envoy-Attempt-Count", "X-Envoy-External-Address",
            "X-Envoy-Internal", "X-Envoy-Original-Dst-Host", "X-B3-ParentSpanId", "X-B3-Sampled", "X-B3-SpanId",
            "X-B3-TraceId", "K-Proxy-Request", "X-Old-Content-Length", "$wsep", "X-Nextjs-Matched-Path", "X-Nextjs-Page",
            "X-Nextjs-Cache", "X-Nextjs-Redirect", "X-OneAgent-JS-Injection", "X-ruxit-JS-Agent", "X-dtHealthCheck",
            "X-dtAgentId", "X-dtInjectedServlet", "X-Litespeed-Cache-Control", "X-LiteSpeed-Purge", "X-LiteSpeed-Tag",
            "X-LiteSpeed-Vary", "X-LiteSpeed-Cache", "X-Umbraco-Version", "OracleCommerceCloud-Version", "X-BEServer",
            "X-DiagInfo", "X-FEServer", "X-CalculatedBETarget", "X-OWA-Version", "X-Cocoon-Version",
            "X-Kubernetes-PF-FlowSchema-UI", "X-Kubernetes-PF-PriorityLevel-UID", "X-Jitsi-Release", "X-Joomla-Version",
            "X-Backside-Transport", "X-Woodpecker-Version", "X-Gitlab-Meta", "X-Kong-Proxy-Latency",
            "X-Kong-Upstream-Latency", "X-Kong-Response-Latency", "X-Kong-Admin-Latency", "X-Kong-Upstream-Status",
            "X-Kong-Request-Id", "X-Kong-Total-Latency", "X-Kong-Third-Party-Latency", "X-Kong-Client-Latency",
        ])
    ])
}
