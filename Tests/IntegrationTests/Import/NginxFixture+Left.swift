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
            ]),
        NginxFixture(
            name: "the first path of a cookie that fits",
            http: """
                server {
                    listen LISTEN1;
                    location /then { proxy_cookie_path /app/ /two/; proxy_cookie_path /two/ /three/; proxy_cookie_path / /z/; proxy_pass http://APP; }
                    location /wide { proxy_cookie_path / /z/; proxy_cookie_path /app/ /never/; proxy_pass http://APP; }
                    location /beside { proxy_cookie_path /app/y /no; proxy_cookie_path /app/ /yes/; proxy_pass http://APP; }
                    location /last { proxy_cookie_path /a/ /b/; proxy_cookie_path /b/ /c/; proxy_cookie_path / /a/; proxy_pass http://APP; }
                    location /round { proxy_cookie_path /b/ /app/; proxy_cookie_path /app/ /b/; proxy_pass http://APP; }
                }
                """,
            paths: ["/then", "/wide", "/beside", "/last", "/round"],
            announced: [
                Announced(note: "proxy_cookie_path /app/ /b/: only the first that fits counted; here it follows those before it")
                { _ in
                    false
                }
            ]),
        NginxFixture(
            name: "paths with their query",
            http: """
                map $request_uri $gone { default 0; /old 1; ~^/older/ 1; }
                server {
                    listen LISTEN1;
                    if ($request_uri ~* ^/x) { return 404; }
                    if ($request_uri ~* "/wp-admin") { return 404; }
                    if ($request_uri ~* "\\.php") { return 403; }
                    if ($request_uri ~ "^/all/.*$") { return 410; }
                    if ($gone) { return 410; }
                    location / { proxy_pass http://APP; }
                    location /search { if ($request_uri ~* "union.*select") { return 403; } proxy_pass http://APP; }
                }
                """,
            paths: [
                "/X/1", "/ok?x=1", "/a/wp-admin/b", "/WP-Admin", "/i.php?x", "/php", "/all/x?y", "/all", "/old", "/older/?x",
                "/?a=/wp-admin", "/search",
            ],
            announced: [
                Announced(
                    note: "if ($request_uri ~* /wp-admin ): it is looked for in the path alone, without the query", status: 200
                ) { $0.path.hasPrefix("/?") },
                Announced(note: "map $request_uri $gone: it is looked for in the path alone") { _ in false },
                Announced(note: "no condition asks that, so location /search is closed", status: 403) {
                    $0.path.hasPrefix("/search")
                },
            ]),
        NginxFixture(
            name: "a server at two ports",
            http: """
                server {
                    listen LISTEN1;
                    listen LISTEN2;
                    server_name shop.test;
                    location / { add_header X-Port $server_port; proxy_pass http://APP; }
                    location /away { return 301 http://$host:$server_port/x; }
                }
                server { listen LISTEN2; server_name other.test; return 410; }
                """,
            listeners: 2, hosts: ["shop.test", "other.test"], paths: ["/", "/away"]),
        NginxFixture(
            name: "methods and preflights, and no files",
            http: """
                server {
                    listen LISTEN1;
                    root /nonexistent;
                    try_files $uri $uri/ @app;
                    location /api/ { limit_except GET PUT { deny all; } proxy_pass http://APP; }
                    location /here/ { limit_except GET { allow 127.0.0.1; deny all; } proxy_pass http://APP; }
                    location /gone { return 410; }
                    location @app { add_header X-From app; proxy_pass http://APP; }
                }
                """,
            paths: ["/", "/other/x?y", "/api/x", "/here/x", "/gone"], methods: ["GET", "POST", "PUT", "DELETE"],
            origins: ["https://page.test"],
            announced: [Announced(note: "files are not served here; all of it goes to the app") { _ in false }]),
        NginxFixture(
            name: "fields as they came",
            http: """
                map $upstream_http_x_app $flag { 1 one; default none; }
                map $upstream_http_refresh $kept { "" "no-store"; default "private"; }
                map $upstream_http_content_type $robots { text/html "$upstream_http_content_type!"; default ""; }
                server {
                    listen LISTEN1;
                    proxy_hide_header Refresh;
                    add_header X-Was "$upstream_http_refresh $upstream_http_content_type";
                    add_header X-Flag $flag;
                    add_header Cache-Control $kept;
                    add_header X-Robots $robots;
                    add_header X-Sent $sent_http_refresh;
                    location / { proxy_set_header X-Key ""; proxy_set_header X-Kind $http_x_key; proxy_pass http://APP; }
                    location /swap { proxy_set_header X-Key $http_x_kind; proxy_set_header X-Kind $http_x_key; proxy_pass http://APP; }
                    location /own { proxy_set_header X-Kind "$http_x_kind!"; more_clear_headers Content-Type; more_set_headers "X-Type: $upstream_http_content_type"; proxy_pass http://APP; }
                }
                """,
            paths: ["/", "/swap", "/own", "/a.css", "/error", "/refresh"], fields: [("X-Key", "k"), ("X-Kind", "v")]),
    ]
}
