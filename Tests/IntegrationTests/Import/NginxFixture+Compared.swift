extension NginxFixture {
    /// What nginx compares as texts, letters and all, and whose word counts about an address.
    static let compared: [NginxFixture] = [
        NginxFixture(
            name: "texts, names and methods",
            http: """
                map $host $ok { default 0; Good.test 1; *.star.test 1; 'a b' 1; }
                map $remote_addr $stranger { default 1; 127.0.0.0/8 0; "127.0.0.*" 0; }
                map $request_method $writes { default 0; put 1; post 1; }
                map $cookie_role $barred { default 0; Guest 1; }
                server {
                    listen LISTEN1;
                    location / { proxy_pass http://APP; }
                    location /host { if ($ok = 0) { return 403; } proxy_pass http://APP; }
                    location /capital { if ($host != Good.test) { return 403; } proxy_pass http://APP; }
                    location /ends { if ($host ~ "^good.test$|^shop.test$") { return 403; } proxy_pass http://APP; }
                    location /block { if ($stranger) { return 403; } proxy_pass http://APP; }
                    location /part { if ($remote_addr != "127.0.0") { return 403; } proxy_pass http://APP; }
                    location /writes { if ($writes) { return 403; } proxy_pass http://APP; }
                    location /few { if ($request_method ~ "^(TRACE|TRACK)") { return 405; } proxy_pass http://APP; }
                    location /secret { set $secret abc; if ($http_x_key != $secret) { return 403; } proxy_pass http://APP; }
                    location /flag { if ($http_x_flag) { return 403; } proxy_pass http://APP; }
                    location /pass { if ($cookie_pass) { break; } return 403; proxy_pass http://APP; }
                    location /cookie {
                        if ($cookie_barred = 1) { return 403; }
                        if ($cookie_kind = dog) { return 403; }
                        if ($barred) { return 403; }
                        proxy_pass http://APP;
                    }
                    location /options { if ($request_method = OPTIONS) { return 405; } proxy_pass http://APP; }
                    location /outer {
                        set $known 1;
                        location /outer/in { if ($known != 1) { return 403; } proxy_pass http://APP; }
                        proxy_pass http://APP;
                    }
                    location /named { set $known 0; error_page 404 = @named; return 404; }
                    location @named { if ($known = 0) { return 403; } proxy_pass http://APP; }
                    location /strip/ { rewrite ^/strip/a/(.*)$ /$1 break; return 404; proxy_pass http://APP; }
                }
                """,
            hosts: ["good.test", "GOOD.test:81", "x.star.test", "shop.test"],
            paths: [
                "/host", "/capital", "/ends", "/block", "/part", "/writes", "/few", "/secret", "/flag", "/pass", "/cookie",
                "/strip/a/x", "/strip/b",
                "/options", "/outer", "/outer/in", "/named",
            ],
            methods: ["GET", "PUT", "TRACK", "OPTIONS"],
            fields: [
                ("X-Key", "abc"), ("X-Key", "$secret"), ("X-Flag", "0"), ("X-Flag", "1"), ("X-Flag", "00"),
                ("Cookie", "pass=0"), ("Cookie", "Pass=1"), ("Cookie", "BARRED=1"), ("Cookie", "a=b, barred = 1"),
                ("Cookie", "kind=dog"), ("Cookie", "KIND=dog"), ("Cookie", "kind=DOG"), ("Cookie", "role=GUEST"),
            ]),
        NginxFixture(
            name: "what a balancer says of its clients",
            http: """
                geo $inside { default 0; 192.0.2.0/24 1; }
                server {
                    listen LISTEN1;
                    set_real_ip_from 127.0.0.1;
                    set_real_ip_from unix:;
                    real_ip_header X-Forwarded-For;
                    location / { allow 127.0.0.1; deny all; proxy_pass http://APP; }
                    location /inside { if ($inside = 0) { return 403; } proxy_pass http://APP; }
                }
                """,
            paths: ["/", "/inside"], fields: [("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-For", "203.0.113.1")]),
        NginxFixture(
            name: "a balancer of one server alone",
            http: """
                server {
                    listen LISTEN1;
                    set_real_ip_from 127.0.0.1;
                    real_ip_header X-Forwarded-For;
                    location / { allow 127.0.0.1; deny all; proxy_pass http://APP; }
                }
                server { listen LISTEN1; server_name open.test; location / { proxy_pass http://APP; } }
                """,
            hosts: ["shop.test", "open.test"], paths: ["/"], fields: [("X-Forwarded-For", "203.0.113.1")],
            announced: [
                Announced(note: "whose address it is cannot be told, so location / is closed", status: 403) {
                    $0.host == "shop.test"
                }
            ]),
        NginxFixture(
            name: "a server that believes nobody, beside one that believes a balancer",
            http: """
                server {
                    listen LISTEN1;
                    set_real_ip_from 127.0.0.1;
                    real_ip_header X-Forwarded-For;
                    location / { proxy_pass http://APP; }
                }
                server {
                    listen LISTEN1;
                    server_name b.test;
                    location / { if ($remote_addr != 203.0.113.7) { return 403; } return 200 "internal"; }
                    location /metrics { allow 127.0.0.1; deny all; proxy_pass http://APP; }
                }
                """,
            hosts: ["shop.test", "b.test"], paths: ["/", "/metrics"], fields: [("X-Forwarded-For", "203.0.113.7")]),
        NginxFixture(
            name: "a network in front",
            http: """
                set_real_ip_from 127.0.0.1;
                real_ip_header CF-Connecting-IP;
                server {
                    listen LISTEN1;
                    location / { deny 127.0.0.1; proxy_pass http://APP; }
                    location /admin { allow 127.0.0.1; deny all; proxy_pass http://APP; }
                }
                """,
            paths: ["/", "/admin"],
            announced: [Announced(note: "real_ip_header CF-Connecting-IP: X-Forwarded-For counts here") { _ in false }]),
        NginxFixture(
            name: "a site that is not down, and one port of several",
            http: """
                server {
                    listen LISTEN1;
                    set $maintenance 0;
                    if (-f /nonexistent/on) { set $maintenance 1; }
                    if ($remote_addr = 203.0.113.7) { set $maintenance 0; }
                    if ($maintenance = 1) { return 503; }
                    location / { if ($arg_v = "2") { rewrite ^/(.*)$ /v2/$1 break; } proxy_pass http://APP; }
                    location = /start { if ($args = "") { return 302 /home; } proxy_pass http://APP; }
                    location /name { if ($host !~ ^[A-Za-z0-9-]+\\.test$) { return 403; } proxy_pass http://APP; }
                    location /capital { if ($host ~ ^SHOP\\.test$) { return 403; } proxy_pass http://APP; }
                    location /port { if ($server_port = 80) { return 403; } proxy_pass http://APP; }
                }
                server { listen LISTEN2; location / { if ($server_port != 80) { return 301 https://safe.test$request_uri; } proxy_pass http://APP; } }
                """,
            listeners: 2, hosts: ["shop.test", "SHOP.test", "a.b.test"],
            paths: ["/", "/start?a=1", "/name", "/capital", "/port"],
            announced: [
                Announced(note: "no file is there, so what stands in it is left out") { _ in false },
                Announced(note: "no condition asks that, so `return 302 /home` is left out") { _ in false },
            ]),
        NginxFixture(
            name: "more flags than are followed",
            http: """
                server {
                    listen LISTEN1;
                    set $bad 0;
                    \((1...25).map { "if ($http_user_agent ~* bot\($0)) { set $bad 1; }" }.joined(separator: "\n    "))
                    if ($bad) { return 403; }
                    location / { proxy_pass http://APP; }
                }
                """,
            paths: ["/"], fields: [("User-Agent", "bot3"), ("User-Agent", "bot25")],
            announced: [Announced(note: "if ($bad): no condition asks that, so server is closed", status: 403)]),
        NginxFixture(
            name: "a path that another location answers",
            http: """
                server {
                    listen LISTEN1;
                    location /app { rewrite ^/app/(.*)$ /$1 last; proxy_pass http://APP; }
                    location /admin { deny all; }
                    location / { proxy_pass http://APP; }
                }
                """,
            paths: ["/app", "/app/admin", "/app/x", "/admin", "/"],
            announced: [
                Announced(note: "so these requests are answered 502", status: 502) { $0.path.hasPrefix("/app/") }
            ]),
    ]
}
