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
            ])
    ]
}
