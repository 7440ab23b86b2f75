extension NginxFixture {
    /// What is easily taken for something else that is nearly the same.
    static let near: [NginxFixture] = [
        NginxFixture(
            name: "redirects of some paths of a location",
            http: """
                server {
                    listen LISTEN1;
                    location /admin { rewrite ^/admin/?$ https://sso.test/ permanent; }
                    location /r { rewrite ^/r/(.*)$ /z/$1 permanent; }
                    location /n { rewrite ^/n(.+)x$ https://sso.test/ permanent; }
                    location /all { rewrite ^/al https://sso.test/ permanent; }
                    location /old/ { rewrite ^/old/(.*)$ /new/$1 permanent; }
                    location = /one { rewrite ^/one/?$ https://sso.test/ redirect; }
                    location ~ ^/e/ { rewrite ^/e/x$ https://sso.test/ permanent; }
                    location / { proxy_pass http://APP; }
                }
                """,
            paths: [
                "/admin", "/admin/", "/admin/users", "/administer", "/r", "/rx", "/r/", "/r/x?y=1", "/n", "/n/x", "/n%0a/x",
                "/all", "/all/x", "/old/", "/old/x", "/old", "/one", "/e/x", "/e/y", "/other",
            ]),
        NginxFixture(
            name: "a newline at the end of a path",
            http: """
                map $uri $kept { default 0; ~\\.kept$ 1; }
                server {
                    listen LISTEN1;
                    location / { proxy_pass http://APP; }
                    location ~ \\.sql$ { deny all; }
                    location ~ ^/(a$|b/c$|[d$]e$) { return 403; }
                    location ~ ^/exact$ { return 410; }
                    location ~ /\\.(?!well-known)(.*)$ { deny all; }
                    location ~ ^/in/ { location ~ out$ { deny all; } proxy_pass http://APP; }
                    location /if { if ($uri ~ \\.bak$) { return 403; } if ($kept) { return 403; } proxy_pass http://APP; }
                }
                """,
            paths: [
                "/x.sql", "/x.sql%0a", "/x.sql%0a%0a", "/x.sql%0ax", "/a%0a", "/b/c%0a", "/$e%0a", "/exact", "/exact%0a",
                "/.git%0a", "/.well-known%0a", "/in/out%0a", "/in/x", "/if/x.bak", "/if/x.bak%0a", "/if/x.kept%0a", "/if/x",
            ]),
        NginxFixture(
            name: "names with a star at the end",
            http: """
                server { listen LISTEN1 default_server; return 410; }
                server { listen LISTEN1; server_name ~^(?<s>\\w+)\\.re\\.test$; return 200 re; }
                server { listen LISTEN1; server_name admin.*; return 403; }
                server { listen LISTEN1; server_name admin.re.*; return 402; }
                server { listen LISTEN1; server_name *.other.test; return 204; }
                server { listen LISTEN1; server_name admin.exact.test; return 404; }
                """,
            hosts: ["admin.re.test", "user.re.test", "admin.test", "admin.other.test", "admin.exact.test", "test"],
            paths: ["/"]),
        NginxFixture(
            name: "paths behind variables",
            http: """
                upstream app { server APP; }
                server {
                    listen LISTEN1;
                    set $up http://APP;
                    set $whole http://APP/;
                    set $name app;
                    location / { proxy_pass $up; }
                    location /uri { proxy_pass $up$request_uri; }
                    location /slash { proxy_pass $up/; }
                    location /v1/ { proxy_pass $up/; }
                    location /v2/ { proxy_pass $whole; }
                    location /v3 { proxy_pass http://$name/v3; }
                    location /v4 { proxy_pass $up/v4$request_uri; }
                    location /v5/ { rewrite ^/v5/(.*)$ /$1 break; proxy_pass $up; }
                    location /v6/ { rewrite ^/v6/(.*)$ /$1 break; proxy_pass $up/; }
                    location /v7/ { rewrite ^/v7/(.*)$ /$1 break; proxy_pass $up$request_uri; }
                    location = /same { proxy_pass $up/same; }
                    location = /in/health { proxy_pass $up/health; }
                    location ~ ^(/x/.*)$ { proxy_pass $up; }
                }
                """,
            paths: [
                "/", "/a?b=1", "/uri/a?b=1", "/slash/a?b=1", "/v1/a", "/v2/a", "/v3", "/v3/a", "/v4/a", "/v5/a?b=1", "/v6/a",
                "/v7/a?b=1", "/same", "/in/health", "/x/a?b=1",
            ],
            announced: [
                Announced(note: "proxy_pass $up/: one path for all requests cannot be told", status: 502) {
                    ["/slash", "/v1/", "/v2/", "/v3", "/v6/"].contains(where: $0.path.hasPrefix)
                },
                Announced(note: "a path in front of the client's cannot be told", status: 502) { $0.path.hasPrefix("/v4") },
            ]),
        NginxFixture(
            name: "names and ports that are told to the app",
            http: """
                server {
                    listen LISTEN1;
                    proxy_set_header X-Forwarded-Server $host;
                    proxy_set_header X-Forwarded-Host $host;
                    proxy_set_header X-Forwarded-Port $server_port;
                    location / { proxy_set_header X-Kind $host; proxy_pass http://APP; }
                    location /told { proxy_pass http://APP; }
                    location /away { return 301 https://$host$request_uri; }
                }
                """,
            hosts: ["shop.test", "shop.test:81"], paths: ["/", "/told", "/away?b=1"],
            fields: [("X-Forwarded-Server", "evil.test"), ("X-Forwarded-Host", "evil.test")]),
    ]
}
