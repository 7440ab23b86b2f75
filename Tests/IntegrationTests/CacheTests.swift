import Foundation
import TestSupport
import Testing

/// A real cache in front: nobody gets what was made for somebody else.
@Suite struct CacheTests {
    enum Kind: String, CaseIterable { case nginx, varnish }

    static let rules = """
        response_headers:
          - cors: { allow_origins: [https://a.example, https://b.example], allow_credentials: true }
          - set: { Cache-Control: "max-age=600" }
            when: { status: [2xx, 3xx] }
          - set: { Cache-Control: "max-age=600" }
            when: { path: /kept/**, status: 4xx }
          - set: { X-Phone: "yes" }
            when: { request_header: { User-Agent: { matches: Phone } } }
          - set: { X-Computer: "yes" }
            when: { not: { request_header: { User-Agent: { matches: Phone } } } }
          - set: { X-Saves: "{request.header.Save-Data}" }
        routes:
          - { path: /to, redirect: { to: "/{request.header.X-Kind}", status: 301 } }
          - { path: /fixed, respond: { status: 200, body: fixed } }
          - { path: /posted, method: POST, upstream: down }
          - { path: /app/**, upstream: app }
          - { path: /down/**, upstream: down }

        """

    /// What two clients send, and a field, or the body, that each of them has to get as if the other had never been.
    struct Pair: Sendable {
        var path: String
        var first: [(String, String)]
        var second: [(String, String)]
        var field: String
    }

    static let pairs = [
        Pair(path: "/none", first: [("Content-Type", "application/grpc")], second: [], field: "body"),
        Pair(path: "/down/grpc", first: [("Content-Type", "application/grpc")], second: [], field: "body"),
        Pair(path: "/posted", first: [("Content-Type", "application/grpc")], second: [], field: "body"),
        Pair(path: "/none", first: [("Accept", "application/json")], second: [("Accept", "text/html")], field: "Content-Type"),
        Pair(path: "/kept/a", first: [("Accept", "application/json")], second: [("Accept", "text/html")], field: "Content-Type"),
        Pair(
            path: "/app/cors", first: [("Origin", "https://a.example")], second: [("Origin", "https://b.example")],
            field: "Access-Control-Allow-Origin"),
        Pair(path: "/app/cors-first", first: [], second: [("Origin", "https://b.example")], field: "Access-Control-Allow-Origin"),
        Pair(
            path: "/fixed", first: [("Origin", "https://a.example")], second: [("Origin", "https://b.example")],
            field: "Access-Control-Allow-Origin"),
        Pair(path: "/app/phone", first: [("User-Agent", "Phone")], second: [("User-Agent", "Desk")], field: "X-Phone"),
        Pair(path: "/app/desk", first: [("User-Agent", "Desk")], second: [("User-Agent", "Phone")], field: "X-Phone"),
        Pair(path: "/app/computer", first: [("User-Agent", "Phone")], second: [("User-Agent", "Desk")], field: "X-Computer"),
        Pair(path: "/app/saves", first: [("Save-Data", "on")], second: [], field: "X-Saves"),
        Pair(path: "/to", first: [("X-Kind", "cat")], second: [("X-Kind", "dog")], field: "Location"),
    ]

    @Test(arguments: Kind.allCases)
    func keepsPeopleApart(_ kind: Kind) throws {
        let origin = try RawOrigin { _ in "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" }
        defer { origin.stop() }
        let dead = try Shared.deadPort.get().port
        let proxy = try ProxyProcess(
            "listen: 127.0.0.1:0\nupstreams: { app: http://127.0.0.1:\(origin.port), down: http://127.0.0.1:\(dead) }\n"
                + Self.rules)
        let cache = try Cache(kind, of: proxy.port)
        defer { cache.stop() }
        for pair in Self.pairs {
            func ask(_ fields: [(String, String)], port: Int) throws -> String {
                let arguments = ["-H", "User-Agent:"] + fields.flatMap { ["-H", "\($0.0): \($0.1)"] }
                let response = try fetch("http://127.0.0.1:\(port)\(pair.path)", .http1, arguments)
                let id = #/Request id: \S+|"request_id":"[^"]+"/#
                let value = pair.field == "body" ? response.text.replacing(id, with: "") : response.fields[pair.field] ?? "none"
                // nginx makes a relative place absolute.
                return "\(response.status) " + value.replacing(#/^http://[^/]+//#, with: "/")
            }
            _ = try ask(pair.first, port: cache.port)
            let (cached, own) = (try ask(pair.second, port: cache.port), try ask(pair.second, port: proxy.port))
            #expect(cached == own, "\(kind) \(pair)")
        }
        // It does keep what may be kept.
        for _ in 0..<2 { _ = try fetch("http://127.0.0.1:\(cache.port)/app/kept") }
        #expect(origin.requests.filter { $0.target == "/app/kept" }.count == 1)
    }

    /// nginx or Varnish, with a cache that keeps errors as well.
    private final class Cache {
        let port: Int
        private let process: ChildProcess

        init(_ kind: Kind, of origin: Int) throws {
            port = try Places.freePort()
            let folder = Places.scratch("cache")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            switch kind {
            case .nginx:
                try """
                daemon off; pid \(folder)/pid; error_log stderr; worker_processes 1;
                events { worker_connections 64; }
                http {
                    access_log off;
                    client_body_temp_path \(folder)/a; proxy_temp_path \(folder)/b; fastcgi_temp_path \(folder)/c;
                    uwsgi_temp_path \(folder)/d; scgi_temp_path \(folder)/e;
                    proxy_cache_path \(folder)/kept keys_zone=kept:1m;
                    server {
                        listen 127.0.0.1:\(port);
                        location / {
                            proxy_pass http://127.0.0.1:\(origin);
                            proxy_http_version 1.1;
                            proxy_set_header Host $http_host;
                            proxy_cache kept;
                            proxy_cache_methods GET HEAD POST;
                            proxy_cache_valid any 10m;
                        }
                    }
                }
                """.write(toFile: folder + "/nginx.conf", atomically: true, encoding: .utf8)
                process = try ChildProcess("/usr/sbin/nginx", ["-c", folder + "/nginx.conf", "-p", folder])
            case .varnish:
                // Its folder has to be readable by the user that it becomes, unless it stays who it is.
                try """
                vcl 4.1;
                backend default { .host = "127.0.0.1"; .port = "\(origin)"; }
                sub vcl_backend_response { if (beresp.ttl <= 0s && !beresp.http.Cache-Control) { set beresp.ttl = 10m; } }
                """.write(toFile: folder + "/default.vcl", atomically: true, encoding: .utf8)
                process = try ChildProcess(
                    "/usr/sbin/varnishd",
                    [
                        "-F", "-j", "none", "-n", folder + "/work", "-a", "127.0.0.1:\(port)", "-f", folder + "/default.vcl",
                        "-s",
                        "malloc,16m", "-T", "none",
                    ])
            }
            // What it answers here is no part of the test.
            _ = try curl(
                "http://127.0.0.1:\(port)/ready", .http1, ["--retry", "100", "--retry-connrefused", "--retry-delay", "0"])
        }

        func stop() { process.stop() }
    }
}
