import HTTPModel

/// Every request field by which an app, its server or a proxy on the way believes that a proxy speaks for the client: who the
/// client is, how it came, which host and path it asked for, and who it has proved to be. Only a trusted proxy may send one.
///
/// They are in one list, together with the software that trusts each of them. A star at the end stands for all names that begin
/// so. Fields that only the user's own app trusts are added in the configuration (`forwarding_fields`).
public enum ForwardingFields {
    struct Source: Sendable {
        /// The software that trusts these fields, and where it is documented.
        var believers: String
        var names: [String]
    }

    /// The names of all sources, each once.
    public static let names: [String] = {
        var seen: Set<String> = []
        return sources.flatMap(\.names).filter { seen.insert($0.lowercased()).inserted }
    }()

    static let sources: [Source] = [
        Source(
            believers:
                "RFC 7239; the family that nearly everything reads (Werkzeug ProxyFix, Rack, Express `trust proxy`, Spring "
                + "ForwardedHeaderFilter, Symfony, ASP.NET ForwardedHeadersOptions, Traefik's -User, -Method, -Uri, Envoy's -Client-Cert)",
            names: ["Forwarded", "X-Forwarded", "X-Forwarded-*", "Forwarded-*", "X-Forward-For", "X-Forwarder-For"]),
        Source(
            believers:
                "gunicorn `secure_scheme_headers`; Django SECURE_PROXY_SSL_HEADER as its users set it; Rack::Request#scheme; Tomcat "
                + "RemoteIpValve; Microsoft ISA and TMG; WordPress and Drupal behind balancers",
            names: [
                "X-Forwarded-Protocol", "X-Forwarded-Proto", "X-Forwarded-Ssl", "X-Forwarded-Scheme", "X-Scheme", "X-Url-Scheme",
                "X-Protocol", "X-Proto", "X-Https", "Https", "X-Ssl", "Front-End-Https",
            ]),
        Source(
            believers:
                "nginx real_ip and the apps behind it; Rails RemoteIp (Client-Ip); request-ip of npm; PHP's usual snippets; F5 and "
                + "Rackspace balancers; Zscaler; the AJP and WebLogic plug-ins",
            names: [
                "X-Real-IP", "X-Real-Port", "X-Client-IP", "Client-IP", "X-Cluster-Client-IP", "X-Remote-IP", "X-Remote-Addr",
                "Remote-Addr", "X-Originating-IP", "X-Remote-Host", "X-ProxyUser-Ip", "Proxy-Client-IP", "WL-Proxy-*",
                "X-Orig-Client-Ip",
                "X-Original-Remote-Addr", "Z-Forwarded-For",
            ]),
        Source(
            believers:
                "Cloudflare (CF-Connecting-IP, CF-Visitor, Access), Akamai and Cloudflare Enterprise (True-Client-IP), Fastly, Fly, "
                + "DigitalOcean, Netlify, Vercel, Incapsula, Sucuri, KeyCDN, StackPath",
            names: [
                "CF-Connecting-*", "CF-Pseudo-IPv4", "CF-IPCountry", "CF-Visitor", "CF-Worker", "Cf-Access-*", "True-Client-IP",
                "Akamai-Client-IP", "Fastly-*", "Fly-Client-IP", "Fly-Forwarded-*", "DO-Connecting-IP",
                "X-NF-Client-Connection-IP",
                "X-Vercel-Forwarded-For", "X-Vercel-Proxied-For", "X-Vercel-IP-*", "Incap-Client-IP", "X-Sucuri-*",
                "X-SP-Forwarded-*",
            ]),
        Source(
            believers: "AWS: CloudFront (-Viewer-Address, -Forwarded-Proto), load balancers (OIDC and mutual TLS), API Gateway",
            names: ["CloudFront-*", "X-Amzn-Oidc-*", "X-Amzn-Mtls-*", "X-Amz-Cf-Forwarded-For", "X-Amzn-Remapped-*"]),
        Source(
            believers: "Google: load balancers, App Engine, Identity-Aware Proxy",
            names: ["X-AppEngine-*", "X-Google-*", "X-Goog-Authenticated-User-*", "X-Goog-IAP-*", "X-Client-Cert-*"]),
        Source(
            believers:
                "Azure: Front Door, Application Gateway, App Service (which puts the client's identity into X-MS-*), IIS ARR",
            names: [
                "X-Azure-*", "X-FD-*", "X-ARR-*", "X-MS-Client-Principal", "X-MS-Client-Principal-*", "X-MS-Token-*",
                "X-AppService-Proto",
                "X-SiteMatch", "Disguised-Host", "Was-Default-Hostname", "X-WAWS-*",
            ]),
        Source(
            believers: "Envoy (internal requests, original path, timeouts, retries), Istio",
            names: ["X-Envoy-*", "X-Istio-*"]),
        Source(
            believers:
                "whom or what was asked for: Symfony and Zend (X-Original-URL, X-Rewrite-URL), IIS URL Rewrite, ingress-nginx "
                + "auth, Laravel and Magento hosts, Plone; the usual Flask snippet (X-Script-Name); Apache NiFi and Knox",
            names: [
                "X-Original-*", "X-Rewrite-URL", "X-Originating-URL", "X-Host", "X-HTTP-Host-Override", "X-Real-Host",
                "X-Real-Proto",
                "X-Script-Name", "Script-Name", "Path-Info", "X-Proxy-*", "X-ProxyScheme", "X-ProxyHost", "X-ProxyPort",
                "X-ProxyContextPath", "X-Unencoded-URL", "Unencoded-URL", "X-Replaced-Path",
            ]),
        Source(
            believers:
                "who the client has proved to be: Django RemoteUserMiddleware and other users of REMOTE_USER, Authelia, Authentik, "
                + "oauth2-proxy, Grafana and Gitea (X-WEBAUTH-*), Tailscale, Pomerium, Vouch, Kubernetes API servers, Kong",
            names: [
                "Remote-User", "Remote-Groups", "Remote-Name", "Remote-Email", "X-Remote-User", "X-Remote-Group",
                "X-Remote-Extra-*",
                "X-Authenticated-*", "X-Auth-Request-*", "X-WebAuth-*", "X-Authentik-*", "Tailscale-*",
                "X-Pomerium-*", "X-Vouch-*", "X-Token-Subject", "X-Consumer-*", "X-Credential-*", "X-Anonymous-Consumer",
            ]),
        Source(
            believers:
                "which certificate the client has shown: RFC 9440, Tomcat SSLValve, ingress-nginx, HAProxy's and Apache's usual "
                + "settings, Keycloak's X.509 lookups, Traefik, WebSphere ($WS…)",
            names: [
                "Client-Cert", "Client-Cert-*", "SSL-Client-*", "X-SSL-Client-*", "X-SSL-Cert", "X-Client-Cert",
                "X-Client-Verify",
                "X-Client-DN", "X-TLS-Client-*", "X-ClientCert-*", "X-ARR-ClientCert", "SSL-Cipher", "SSL-Session-ID", "$WS*",
            ]),
        Source(
            believers:
                "which files to send: Rack::Sendfile takes the way and the mapping from the request (CVE-2025-61780); CGI takes "
                + "Proxy for its own proxy (httpoxy, CVE-2016-5385)",
            names: ["X-Sendfile-Type", "X-Accel-Mapping", "Proxy"]),
    ]
}

/// These fields and those that a configuration adds, in the form in which they are searched for in every request.
struct ForwardingClaims: Sendable {
    /// Whether a field is one of them, by its id.
    private let isClaim: [Bool]
    /// For fields without an id, in lower case: whole names, which mostly have an id, and the starts of names.
    private let exact: [[UInt8]]
    private let prefixes: [[UInt8]]

    /// - Parameter names: the complete names of the configuration.
    init(adding own: [String], names: FieldNames) {
        let all = (ForwardingFields.names + own).map(Octet.lowercased)
        let prefixes = all.filter { $0.last == 0x2A }.map { Array($0.dropLast()) }
        let exact = all.filter { $0.last != 0x2A }
        let whole = Set(exact)
        isClaim = (0...names.count).map { id in
            guard let name = names.spelling(of: FieldID(rawValue: UInt16(truncatingIfNeeded: id))) else { return false }
            let folded = Octet.lowercased(name)
            return whole.contains(folded) || prefixes.contains { folded.starts(with: $0) }
        }
        self.exact = exact.filter { names.id(of: $0.span) == .unknown }
        self.prefixes = prefixes
    }

    /// Removes all of these fields.
    func remove(from fields: inout Fields) {
        fields.remove { fields, index in
            let id = Int(fields.id(at: index).rawValue)
            return id != 0 && id < isClaim.count ? isClaim[id] : matches(fields.name(at: index))
        }
    }

    private func matches(_ name: Span<UInt8>) -> Bool {
        for claim in exact where name.equalsIgnoringCase(claim.span) { return true }
        for prefix in prefixes where name.count >= prefix.count {
            if name.extracting(first: prefix.count).equalsIgnoringCase(prefix.span) { return true }
        }
        return false
    }
}
