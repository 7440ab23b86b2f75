import TestSupport

extension NginxFixture {
    /// What a `cors` rule does otherwise than fields that nginx adds.
    private static let cors = "told as `cors`: it gives its headers on every status, and none to foreign origins"
    private static let corsNames = [
        "access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-max-age", "access-control-expose-headers",
    ]

    static let all: [NginxFixture] = guards + compared + left + near + sites + search + fields + origins

    // MARK: Guards

    static let guards: [NginxFixture] = [
        NginxFixture(
            name: "expressions that keep out",
            http: """
                server {
                    listen LISTEN1;
                    location / { proxy_pass http://APP; }
                    location ~ /\\.(?!well-known).* { deny all; }
                    location ~* \\.(php|bak)$ { return 403; }
                    location ~ ^/(console|debug)/ { deny all; }
                    location ^~ /open/ { proxy_pass http://APP; }
                    location = /exact { return 410; }
                }
                """,
            paths: [
                "/", "/.git/config", "/a/.env", "/.well-known/x", "/.well-knowx", "/x.php", "/a/x.PHP", "/x.phpx", "/x.bak",
                "/console/x",
                "/console", "/a/debug/", "/open/x.php", "/open", "/exact", "/exact/", "/a%2f.git", "/x.php?y", "/%2egit",
            ],
            methods: ["GET", "POST", "HEAD"]),
        NginxFixture(
            name: "addresses and methods",
            http: """
                geo $inside { default 0; 127.0.0.0/8 1; }
                server {
                    listen LISTEN1;
                    location / { proxy_pass http://APP; }
                    location /in/ { allow 127.0.0.1; deny all; proxy_pass http://APP; }
                    location /out/ { deny 127.0.0.0/8; proxy_pass http://APP; }
                    location /none/ { allow 10.0.0.0/8; deny all; proxy_pass http://APP; }
                    location /read/ { limit_except GET { deny all; } proxy_pass http://APP; }
                    location /local/ { if ($inside) { return 403; } proxy_pass http://APP; }
                    location /any/ { satisfy any; allow 127.0.0.1; deny all; auth_basic x; auth_basic_user_file /x; proxy_pass http://APP; }
                    location /hidden/ { internal; proxy_pass http://APP; }
                }
                """,
            paths: ["/", "/in/x", "/in", "/out/x", "/none/", "/read/x", "/local/x", "/hidden/x", "/hidden"],
            methods: ["GET", "POST", "HEAD", "DELETE"]),
        NginxFixture(
            name: "conditions on a request",
            http: """
                map $http_user_agent $is_bad { default 0; ~*badbot 1; ~*scraper 1; "good badbot" 0; }
                server {
                    listen LISTEN1;
                    server_name shop.test www.shop.test;
                    if ($host = www.shop.test) { return 301 https://shop.test$request_uri; }
                    if ($is_bad) { return 403; }
                    if ($request_method !~ ^(GET|HEAD|POST)$) { return 405; }
                    if ($http_x_forwarded_proto = "http") { return 301 https://$host$request_uri; }
                    location / { proxy_pass http://APP; }
                    location /secret { if ($http_x_key != "abc") { return 403; } proxy_pass http://APP; }
                    location /cookie { if ($cookie_sid = "") { return 302 /login; } proxy_pass http://APP; }
                    location /img/ {
                        valid_referers none blocked server_names *.friend.test;
                        if ($invalid_referer) { return 403; }
                        proxy_pass http://APP;
                    }
                }
                """,
            hosts: ["shop.test", "www.shop.test", "other.test"],
            paths: ["/", "/secret", "/secret/x", "/cookie", "/img/x", "/a?b=c"], methods: ["GET", "POST", "DELETE"],
            fields: [
                ("User-Agent", "a BadBot/1"), ("User-Agent", "good badbot"), ("X-Forwarded-Proto", "http"), ("X-Key", "abc"),
                ("X-Key", "abcd"), ("Cookie", "a=b; sid=1"), ("Referer", "https://shop.test/x"),
                ("Referer", "https://evil.test/"),
                ("Referer", "https://a.friend.test/x"),
            ]),
        NginxFixture(
            name: "flags, and locations in locations",
            http: """
                map $http_user_agent $kind { default ""; ~*(google|bing)bot bot; ~^curl/ tool; }
                map $http_x_key $is_known { default 0; s3cret 1; }
                server {
                    listen LISTEN1;
                    if ($host ~ "^\\d+\\.\\d+\\.\\d+\\.\\d+$") { return 400; }
                    location / { proxy_pass http://APP; }
                    location /kind { if ($kind = bot) { return 403; } if ($kind) { return 429; } proxy_pass http://APP; }
                    location /key { if ($is_known = 0) { return 401; } proxy_pass http://APP; }
                    location /flag {
                        set $passes 0;
                        if ($http_x_key = s3cret) { set $passes 1; }
                        if ($request_method = POST) { set $passes 0; }
                        if ($passes != 1) { return 403; }
                        proxy_pass http://APP;
                    }
                    location ~ ^/api(/.*)?$ { limit_except GET HEAD { deny all; } proxy_pass http://APP; }
                    location ~* (wp-login|xmlrpc\\.php) { return 410; }
                    location /deep/ {
                        location ~ ^/deep/(\\w+)/b { return 410; }
                        location /deep/a { proxy_pass http://APP; }
                        deny all;
                    }
                }
                """,
            hosts: ["shop.test", "10.0.0.1"],
            paths: [
                "/", "/kind", "/key/x", "/flag", "/api", "/api/x?y", "/apis", "/a/WP-Login", "/xmlrpc.php", "/deep/x/b",
                "/deep/a",
                "/deep/x",
            ],
            methods: ["GET", "POST"],
            fields: [("User-Agent", "GoogleBot/2"), ("User-Agent", "curl/8"), ("X-Key", "s3cret"), ("X-Key", "s3cretx")]),
        NginxFixture(
            name: "who cannot be told is kept out",
            http: """
                server {
                    listen LISTEN1;
                    location / { proxy_pass http://APP; }
                    location /args { if ($args != "token=x") { return 403; } proxy_pass http://APP; }
                    location /sso/ { auth_request /auth; proxy_pass http://APP; }
                    location = /auth { internal; proxy_pass http://APP; }
                }
                """,
            paths: ["/", "/args", "/sso/x", "/auth"],
            announced: [
                Announced(note: "no condition asks that, so location /args is closed", status: 403) { $0.path == "/args" },
                Announced(note: "nobody is asked who they are here, so location /sso/ is closed", status: 403) {
                    $0.path == "/sso/x"
                },
            ]),
    ]

    // MARK: Sites and paths

    static let sites: [NginxFixture] = [
        NginxFixture(
            name: "names at two addresses",
            http: """
                server { listen LISTEN1; server_name a.test; return 301 https://$host$request_uri; }
                server { listen LISTEN1; server_name b.test; location / { add_header X-Site b; proxy_pass http://APP; } }
                server { listen LISTEN1; server_name *.b.test; location / { return 404; } location /x/ { add_header X-Site wild; proxy_pass http://APP; } }
                server { listen LISTEN1; server_name ~^v[0-9]+\\.c\\.test$; location / { add_header X-Site regex; proxy_pass http://APP; } }
                server { listen LISTEN1; server_name b.test .d.test D.test .b.test; location / { add_header X-Site d; proxy_pass http://APP; } }
                server { listen LISTEN2; server_name a.test; location / { add_header X-Site a2; proxy_pass http://APP; } }
                server { listen LISTEN2 default_server; server_name inside.test; location / { add_header X-Site inside; proxy_pass http://APP; } }
                """,
            listeners: 2,
            hosts: ["a.test", "b.test", "x.b.test", "v1.c.test", "v.c.test", "d.test", "x.d.test", "inside.test", "other.test"],
            paths: ["/", "/x/y?z=1"]),
        NginxFixture(
            name: "certbot's form",
            http: """
                server {
                    if ($host = www.shop.test) { return 301 https://$host$request_uri; } # managed by Certbot
                    if ($host = shop.test) { return 301 https://$host$request_uri; } # managed by Certbot
                    listen LISTEN1;
                    server_name shop.test www.shop.test;
                    return 404; # managed by Certbot
                }
                server { listen LISTEN2; server_name shop.test www.shop.test; location / { proxy_pass http://APP; } }
                """,
            listeners: 2, hosts: ["shop.test", "www.shop.test", "other.test"], paths: ["/", "/a?b"]),
        NginxFixture(
            name: "paths",
            http: """
                server {
                    listen LISTEN1;
                    location = / { return 302 /app/; }
                    location /app/ { proxy_pass http://APP/; }
                    location /same { proxy_pass http://APP$request_uri; }
                    location /deep/v1/ { proxy_pass http://APP/v1/; }
                    location ^~ /static/ { add_header X-Static 1; proxy_pass http://APP; }
                    location ~ ^/api/(v1|v2)/ { add_header X-Api 1; proxy_pass http://APP; }
                    location ~* \\.(css|png)$ { add_header X-File 1; proxy_pass http://APP; }
                    location /old/ { rewrite ^/old/(.*)$ /new/$1 permanent; }
                    location /rw/ { rewrite ^/rw/(.*)$ /$1 break; proxy_pass http://APP; }
                    location /other/ { proxy_pass http://APP/else/; }
                    location = /api/health { proxy_pass http://APP/health; }
                    location = /front/ { proxy_pass http://APP/; }
                    location / { return 404 "nothing\\n"; }
                }
                """,
            paths: [
                "/", "/app/", "/app/x?y=1", "/app", "/apps", "/same/x?y", "/deep/v1/x", "/static/a.css", "/static", "/api/v1/x",
                "/api/v3/x",
                "/a.CSS", "/old/x?y=1", "/old", "/rw/x", "/none", "/other/x",
                "/api/health", "/api/healthx", "/front/", "/front",
            ],
            announced: [
                Announced(note: "another path instead of the client's cannot be told", status: 502) {
                    $0.path.hasPrefix("/other/")
                }
            ]),
    ]

    // MARK: The search

    static let search: [NginxFixture] = [
        NginxFixture(
            name: "the search for a location",
            http: """
                server {
                    listen LISTEN1;
                    location ~/(in|out)$ { add_header X-Found expression; proxy_pass http://APP; }
                    location =/exact { add_header X-Found exact; proxy_pass http://APP; }
                    location "" { add_header X-Found rest; proxy_pass http://APP; }
                    location ^~ /site {
                        add_header X-Found site;
                        proxy_pass http://APP;
                        location ~ \\.bak$ { deny all; }
                        location /site/inner { return 410; }
                    }
                    location /site/longer { add_header X-Found longer; proxy_pass http://APP; }
                    location /plain/ {
                        add_header X-Found plain;
                        proxy_pass http://APP;
                        location ^~ /plain/kept/ { add_header X-Found kept; proxy_pass http://APP; }
                        location ~ ^/plain/.*\\.cgi$ { return 403; }
                        location = /plain/one { return 410; }
                    }
                    location /plain/other/ { add_header X-Found other; proxy_pass http://APP; }
                    location = /told { internal; return 204; }
                    location /files/ { try_files $uri @store; }
                    location @store { limit_except GET { deny all; } proxy_pass http://APP; }
                    location /lost/ { error_page 404 = @made; }
                    location @made { add_header X-Found made; proxy_pass http://APP; }
                    location /write { error_page 418 = @write; if ($request_method = POST) { return 418; } return 410; }
                    location @write { add_header X-Found write; proxy_pass http://APP; }
                }
                """,
            paths: [
                "/", "/a/in", "/exact", "/site", "/sitex", "/site/x.bak", "/site/in", "/site/inner/x", "/site/longer/in",
                "/site/longer/x.bak", "/site/longer/x", "/plain/x", "/plain/x.cgi", "/plain/kept/x.cgi", "/plain/kept/out",
                "/plain/one", "/plain/other/x.cgi", "/plain/other/in", "/told", "/files/x", "/files/in",
                "/lost/x", "/write",
            ],
            methods: ["GET", "POST"])
    ]

    // MARK: Fields

    static let fields: [NginxFixture] = [
        NginxFixture(
            name: "fields and when they come",
            http: """
                map $sent_http_content_type $how_long { default off; text/html epoch; text/css max; }
                add_header X-Http 1;
                server {
                    listen LISTEN1;
                    set $scripts "'self'";
                    if ($uri ~ ^/editor) { set $scripts "'self' 'unsafe-eval'"; }
                    location / { proxy_pass http://APP; }
                    location /csp { proxy_pass http://APP; add_header Content-Security-Policy "script-src $scripts" always; }
                    location /editor { proxy_pass http://APP; add_header Content-Security-Policy "script-src $scripts" always; }
                    location /exp/ { expires $how_long; proxy_pass http://APP; }
                    location /hide/ { proxy_hide_header Access-Control-Allow-Origin; proxy_pass http://APP; }
                    location /cookie/ { proxy_cookie_path /app/ /; proxy_pass http://APP; }
                    location /refresh { proxy_set_header Host $proxy_host; proxy_pass http://APP; }
                    location /kind/ {
                        proxy_set_header X-Kind plain;
                        if ($http_x_key) { add_header X-Keyed yes; }
                        proxy_pass http://APP;
                    }
                    location /more { more_set_input_headers "X-Kind: more"; proxy_set_header X-Kind plain; proxy_pass http://APP; }
                    location /most { more_set_input_headers "X-Key: 2"; proxy_set_header X-Kind $http_x_key; proxy_pass http://APP; }
                }
                """,
            paths: [
                "/", "/error", "/csp", "/csp/missing", "/editor/x", "/exp/x", "/exp/x.css", "/exp/error", "/hide/cors", "/cors",
                "/cookie/x",
                "/refresh", "/kind/x", "/more", "/most",
            ],
            fields: [("X-Key", "1")],
            announced: [
                Announced(note: "becomes Cache-Control alone", differs: ["expires"])
            ]),
        NginxFixture(
            name: "flags of cookies",
            http: """
                server {
                    listen LISTEN1;
                    location / { proxy_cookie_path / "/; Secure; HttpOnly; SameSite=Lax"; proxy_pass http://APP; }
                }
                """,
            paths: ["/"], announced: [Announced(note: "told as flags", differs: ["set-cookie"])]),
    ]

    // MARK: Origins

    static let origins: [NginxFixture] = [
        NginxFixture(
            name: "CORS by maps",
            http: """
                map $http_origin $o { default ""; "https://shop.test" $http_origin; ~^https://[a-z]+\\.dev\\.test$ $http_origin; }
                map $http_origin $c { default ""; "https://shop.test" "true"; ~^https://[a-z]+\\.dev\\.test$ "true"; }
                map $http_origin $m { default ""; "https://shop.test" "GET, PUT"; ~^https://[a-z]+\\.dev\\.test$ "GET, PUT"; }
                server {
                    listen LISTEN1;
                    location / {
                        if ($request_method = OPTIONS) {
                            add_header Access-Control-Allow-Origin $o always;
                            add_header Access-Control-Allow-Credentials $c always;
                            add_header Access-Control-Allow-Methods $m always;
                            add_header Access-Control-Allow-Headers "X-A" always;
                            return 204;
                        }
                        add_header Access-Control-Allow-Origin $o always;
                        add_header Access-Control-Allow-Credentials $c always;
                        proxy_pass http://APP;
                    }
                }
                """,
            paths: ["/", "/error"], methods: ["GET", "POST"],
            origins: ["https://shop.test", "https://a.dev.test", "https://evil.test"],
            announced: [
                Announced(note: cors, differs: ["access-control-allow-headers"]) {
                    $0.method == "OPTIONS" && $0.fields[0].1 == "https://evil.test"
                }
            ]),
        NginxFixture(
            name: "CORS by flags of methods",
            http: """
                server {
                    listen LISTEN1;
                    location / {
                        set $cors "";
                        if ($http_origin ~* ^https?://(shop\\.test|[a-z]+\\.dev\\.test)$) { set $cors "true"; }
                        if ($request_method = OPTIONS) { set $cors "${cors}options"; }
                        if ($cors = "true") { add_header Access-Control-Allow-Origin $http_origin always; add_header X-Shared 1; }
                        if ($cors = "trueoptions") {
                            add_header Access-Control-Allow-Origin $http_origin;
                            add_header Access-Control-Allow-Methods "GET, PUT";
                            add_header Access-Control-Allow-Headers "X-A";
                            add_header Access-Control-Max-Age 600;
                            return 204;
                        }
                        proxy_pass http://APP;
                    }
                }
                """,
            paths: ["/"], methods: ["GET", "DELETE"],
            origins: ["https://shop.test", "http://a.dev.test", "https://evil.test"],
            announced: [
                Announced(note: cors, status: 204) { $0.method == "OPTIONS" && $0.fields[0].1 == "https://evil.test" }
            ]),
        NginxFixture(
            name: "one origin, and another by default",
            http: """
                map $http_origin $o { default https://shop.test; ~^https://[a-z0-9-]+\\.dev\\.test$ $http_origin; }
                server {
                    listen LISTEN1;
                    location / { add_header Access-Control-Allow-Origin $o always; proxy_pass http://APP; }
                }
                """,
            paths: ["/"], origins: ["https://shop.test", "https://a-1.dev.test", "https://evil.test"],
            announced: [
                Announced(note: cors, differs: ["access-control-allow-methods"]) { $0.method == "OPTIONS" },
                Announced(note: cors, differs: corsNames) { $0.fields.isEmpty || $0.fields[0].1 == "https://evil.test" },
            ]),
    ]
}
