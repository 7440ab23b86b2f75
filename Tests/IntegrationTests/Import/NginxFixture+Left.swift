extension NginxFixture {
    /// What was left out before there was a way to say it.
    static let left: [NginxFixture] = [
        NginxFixture(
            name: "parameters of the query",
            http: """
                map $arg_lang $lang { default en; de DE; "" none; ~^fr FR; "a%20b" AB; }
                server {
                    listen LISTEN1;
                    location / { add_header X-Lang $lang; proxy_pass http://APP; }
                    location /args { if ($arg_token != "x") { return 403; } proxy_pass http://APP; }
                    location /flag { if ($arg_debug) { add_header X-Debug 1; } add_header X-Flag 1; proxy_pass http://APP; }
                    location /bad { if ($arg_q ~* "union.*select|^$") { return 403; } proxy_pass http://APP; }
                    location /encoded { if ($arg_q ~ "%3C") { return 403; } proxy_pass http://APP; }
                }
                """,
            paths: [
                "/", "/?lang=de", "/?lang=DE", "/?lang=", "/?lang", "/?lang=fra", "/?lang=xfr&langs=de", "/?lang=a%20b",
                "/?lang=de&lang=fr", "/args", "/args?token=x", "/args?token=x&a", "/args?a=1&token=xx", "/args?tokens=x", "/flag",
                "/flag?debug=1", "/flag?debug=0", "/flag?debug=", "/bad", "/bad?q=", "/bad?q=a", "/bad?q=1-UNION+SELECT",
                "/bad?p=union-select&q=1", "/encoded?q=%3C",
            ],
            announced: [
                Announced(note: "nginx compares the first lang as it is written, in any case") { _ in false },
                Announced(note: "no condition asks that, so location /encoded is closed", status: 403) {
                    $0.path.hasPrefix("/encoded")
                },
            ])
    ]
}
