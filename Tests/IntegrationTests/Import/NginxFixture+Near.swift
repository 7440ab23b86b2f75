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
            paths: ["/"])
    ]
}
