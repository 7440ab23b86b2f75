import Foundation
import TestSupport
import Testing

/// A real nginx, and Letterhead with what `import nginx` makes of the same file, in front of the same app: they answer alike.
@Suite struct NginxTwinTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// What stands in `server`, behind `listen`.
        var server: String
        /// What stands beside it.
        var http = ""
        var requests: [[String]]
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "fields of a server and of a location",
            server: """
                add_header X-Frame-Options SAMEORIGIN always;
                add_header X-Usual "a, b";
                add_header X-Id $http_x_id always;
                proxy_hide_header X-Powered-By;
                location / { proxy_pass http://127.0.0.1:APP; }
                location /own/ { add_header X-Own 1; proxy_pass http://127.0.0.1:APP; }
                location = /exact { return 204; }
                location = /text { default_type text/html; return 200 "<b>text</b>"; }
                location = /gone { return 410; }
                """,
            requests: [
                ["/"], ["/error"], ["/missing"], ["/own/"], ["/own/error"], ["/exact"], ["/text"], ["/gone"], ["/cookies"],
                ["/", "-H", "X-Id: seven"],
            ]),
        Case(
            name: "headers-more",
            server: """
                more_set_headers "X-Set: one" "Server: teapot";
                more_set_headers -s "404 500" "X-Bad: yes";
                more_clear_headers X-Powered-By "X-Debug-*";
                add_header X-Added last always;
                location / { proxy_pass http://127.0.0.1:APP; }
                location /own/ { more_set_headers "X-Set: two"; proxy_pass http://127.0.0.1:APP; }
                """,
            requests: [["/"], ["/error"], ["/missing"], ["/own/"], ["/own/missing"]]),
        Case(
            name: "redirects, prefixes and cookies",
            server: """
                location /app/ { proxy_pass http://127.0.0.1:APP/; }
                location /old/ { rewrite ^/old/(.*)$ /new/$1 permanent; }
                location = /login { return 302 https://login.example$request_uri; }
                location /flags/ { proxy_cookie_flags ~ secure httponly samesite=lax; proxy_pass http://127.0.0.1:APP/; }
                location /two/ {
                    proxy_cookie_flags a samesite=strict;
                    proxy_cookie_flags ~ samesite=lax;
                    proxy_pass http://127.0.0.1:APP/;
                }
                location /limited/ { client_max_body_size 1k; proxy_pass http://127.0.0.1:APP/; }
                location /denied/ { deny all; }
                location / { proxy_pass http://127.0.0.1:APP; }
                """,
            requests: [
                ["/app/"], ["/app/cookies"], ["/app/echo?x=1"], ["/old/a?b=c"], ["/login?next=1"], ["/flags/cookies"],
                ["/two/cookies"],
                ["/denied/x"],
                ["/limited/", "-d", String(repeating: "x", count: 2_000)], ["/redirect"], ["/echo?y=2"],
                ["/echo", "-H", "X-Up: 1"],
            ]),
        Case(
            name: "maps of hosts and of statuses",
            server: """
                server_name _;
                add_header X-Kind $kind always;
                add_header X-Status $of_status always;
                add_header X-Good-Status $of_status;
                location / { proxy_pass http://127.0.0.1:APP; }
                """,
            http: """
                map $host $kind {
                    hostnames;
                    default other;
                    ~^mail tilde;
                    mail.* tail;
                    *.example domain;
                    .mail.example both;
                    *.deep.example deep;
                    www.deep.example exact;
                }
                map $status $of_status { 200 good; 404 none; 500 bad; default else; }
                """,
            requests: [
                "x.example", "mail.example", "x.mail.example", "a.deep.example", "www.deep.example", "MAIL.test", "mailer.test",
                "b.test",
            ].map { ["/", "-H", "Host: \($0)"] } + [["/error"], ["/missing"], ["/redirect"]]),
        Case(
            name: "types of its own answers, and fields that there is one of",
            server: """
                location = /robots.txt { return 200 "User-agent: *"; }
                location = /x.json { return 200 "{}"; }
                location = /x.HTML { return 200 "x"; }
                location = /x.unknown { return 200 "x"; }
                location = /own.json { types { text/x-own json; } return 200 "x"; }
                location = /none.json { types { } return 200 "x"; }
                location /none/ { add_header ETag ""; add_header Last-Modified ""; proxy_pass http://127.0.0.1:APP; }
                location /one/ { add_header ETag x; proxy_pass http://127.0.0.1:APP; }
                location /big/ { proxy_read_timeout 999999999; client_max_body_size 9999999999M; proxy_pass http://127.0.0.1:APP; }
                location /paths/ { proxy_cookie_path /app/ /; proxy_cookie_path /shop/ /s/; proxy_pass http://127.0.0.1:APP; }
                location /passed/ { proxy_pass_header X-Accel-Buffering; proxy_pass http://127.0.0.1:APP; }
                """,
            http: "include /etc/nginx/mime.types; default_type application/octet-stream; keepalive_timeout 0;",
            requests: [
                "/robots.txt", "/x.json", "/x.HTML", "/x.unknown", "/own.json", "/none.json", "/none/tagged", "/one/tagged",
                "/one/", "/big/", "/paths/cookies", "/passed/tagged",
            ].map { [$0] }),
        Case(
            name: "CORS by map",
            server: """
                location / {
                    if ($request_method = OPTIONS) {
                        add_header Access-Control-Allow-Origin $allowed;
                        add_header Access-Control-Allow-Credentials true;
                        add_header Access-Control-Allow-Methods "GET, PUT";
                        add_header Access-Control-Allow-Headers "Content-Type, X-A";
                        add_header Access-Control-Max-Age 600;
                        return 204;
                    }
                    add_header Access-Control-Allow-Origin $allowed always;
                    add_header Access-Control-Allow-Credentials true always;
                    add_header Access-Control-Expose-Headers X-Seen always;
                    proxy_pass http://127.0.0.1:APP;
                }
                """,
            http: """
                map $http_origin $allowed {
                    default "";
                    "https://app.example" $http_origin;
                    ~^https://[a-z]+\\.app\\.example$ $http_origin;
                }
                """,
            requests: ["https://app.example", "https://a.app.example"].flatMap { origin in
                [["/", "-H", "Origin: \(origin)"], ["/error", "-H", "Origin: \(origin)"]]
                    + [["/", "-X", "OPTIONS", "-H", "Origin: \(origin)", "-H", "Access-Control-Request-Method: PUT"]]
            }),
    ]

    @Test(arguments: cases)
    func alike(_ one: Case) throws {
        let app = try Self.app()
        let nginx = try Nginx(one, app: app.port)
        let imported = try run(Places.letterhead, ["import", "nginx", nginx.file])
        #expect(imported.status == 0, "\(imported.errors)")
        let proxy = try ProxyProcess(imported.text.replacing("127.0.0.1:\(nginx.port)", with: "127.0.0.1:0"))
        for request in one.requests {
            let arguments = Array(request.dropFirst())
            let theirs = try fetch("http://127.0.0.1:\(nginx.port)\(request[0])", .http1, arguments)
            let ours = try fetch(proxy.url + request[0], .http1, arguments)
            #expect(theirs.status == ours.status, "\(request)")
            #expect(Self.comparable(theirs, nginx.port) == Self.comparable(ours, proxy.port), "\(request)\n\(imported.text)")
        }
    }

    /// What differs by nature is left out: the date, how long a body of their own is, and which connection it comes over. nginx makes a
    /// relative Location absolute and says `Server` of itself; Letterhead adds `Vary: Origin` to CORS, and keeps a redirect's query.
    private static func comparable(_ response: RawResponse, _ port: Int) -> [String] {
        let isOwn = response.fields["X-App"] == nil
        return response.fields.lines.compactMap { line -> String? in
            let name = line.name.lowercased()
            if ["date", "connection", "keep-alive", "content-length", "transfer-encoding", "vary", "x-request-id"].contains(name)
            {
                return nil
            }
            if name == "server", line.value.hasPrefix("nginx") { return nil }
            if name == "content-type", isOwn, response.status >= 300 { return nil }
            if isOwn, ["cache-control"].contains(name) { return nil }
            var value = line.value.replacing("http://127.0.0.1:\(port)/", with: "/")
            if name == "location", value.hasSuffix("?") { value.removeLast() }
            return "\(name): \(value)"
        }.sorted() + (isOwn ? [] : [response.text.replacing(":\(port)", with: ":PORT")])
    }

    private static func app() throws -> RawOrigin {
        let port = Signalled(0)
        let origin = try RawOrigin { request in
            let path = request.target.split(separator: "?")[0].split(separator: "/").last.map(String.init) ?? ""
            let status =
                ["error": "500 Internal Server Error", "missing": "404 Not Found", "redirect": "302 Found"][path] ?? "200 OK"
            var head =
                "HTTP/1.1 \(status)\r\nX-App: 1\r\nServer: app\r\nX-Powered-By: app\r\nX-Debug-A: 1\r\nX-Accel-Expires: 0\r\n"
            head += "Content-Type: text/plain\r\n"
            if path == "cookies" {
                head += "Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2; Secure\r\nSet-Cookie: c=3; samesite=none\r\n"
            }
            if path == "tagged" {
                head += "ETag: \"a\"\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\nX-Accel-Buffering: no\r\n"
            }
            if path == "redirect" { head += "Location: http://127.0.0.1:\(port.value)/next\r\n" }
            let seen = ["X-Forwarded-Proto", "X-Up", "X-Real-IP"].map { "\($0)=\(request.fields[$0] ?? "")" }.joined(
                separator: " ")
            let body =
                path == "echo"
                ? "\(request.method) \(request.target) \(seen.replacing("X-Forwarded-Proto=http", with: "X-Forwarded-Proto="))"
                : "body"
            return head + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        }
        port.value = origin.port
        return origin
    }

    /// A value that is known only after what uses it has been made.
    private final class Signalled<Value: Sendable>: @unchecked Sendable {
        private let lock = NSLock()
        private var stored: Value?
        private let initial: Value

        init(_ initial: Value) { self.initial = initial }

        var value: Value {
            get { lock.withLock { stored ?? initial } }
            set { lock.withLock { stored = newValue } }
        }
    }

    private final class Nginx {
        let file = Places.scratch("nginx.conf")
        let port: Int
        private let process: ChildProcess

        init(_ one: Case, app: Int) throws {
            let port = try Places.freePort()
            self.port = port
            let folder = (file as NSString).deletingLastPathComponent
            let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
                "\($0)_temp_path \(folder)/nginx-\(port);"
            }
            let text = """
                load_module /usr/lib/nginx/modules/ngx_http_headers_more_filter_module.so;
                daemon off;
                error_log stderr;
                pid \(file).pid;
                events {}
                http {
                    access_log off;
                    \(temporary.joined(separator: "\n    "))
                    \(one.http)
                    server {
                        listen 127.0.0.1:\(port);
                        \(one.server.replacing("APP", with: "\(app)"))
                    }
                }

                """
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            process = try ChildProcess("nginx", ["-c", file, "-e", "stderr"], environment: ["PATH": "/usr/sbin:/usr/bin:/bin"])
            for _ in 0..<6_000 where process.isRunning {
                if (try? Connection(port: port)) != nil { return }
                usleep(10_000)
            }
            throw Disappointment("nginx: \(process.text(.error))")
        }

        deinit { process.stop() }
    }
}
