import Foundation
import TestSupport
import Testing

/// A configuration of nginx in one of the forms that public files have, and what is asked of it.
struct NginxFixture: Sendable, CustomTestStringConvertible {
    struct Request: Sendable, CustomStringConvertible {
        var port: Int
        var host: String
        var method: String
        var path: String
        var fields: [(String, String)]
        var description: String { "\(method) \(host):\(port)\(path) \(fields)" }
    }

    /// A difference that the output speaks of.
    struct Announced: Sendable {
        /// Stands in the output.
        var note: String
        /// The status that Letterhead answers with instead; nil where only fields differ.
        var status: Int?
        var differs: [String] = []
        var covers: @Sendable (Request) -> Bool = { _ in true }
    }

    var name: String
    /// What stands in `http`; LISTEN1 and LISTEN2 are addresses, APP is that of the app.
    var http: String
    var listeners = 1
    var hosts = ["shop.test"]
    var paths: [String]
    var methods = ["GET"]
    /// Each is sent alone, beside a request without.
    var fields: [(String, String)] = []
    var origins: [String] = []
    var announced: [Announced] = []

    var testDescription: String { name }

    func text(ports: [Int], app: Int) -> String {
        var text = http.replacing("APP", with: "127.0.0.1:\(app)")
        for (index, port) in ports.enumerated() { text = text.replacing("LISTEN\(index + 1)", with: "127.0.0.1:\(port)") }
        return text
    }

    func requests(_ ports: [Int]) -> [Request] {
        var requests: [Request] = []
        for port in ports {
            for host in hosts {
                for path in paths {
                    requests += self.requests(Request(port: port, host: host, method: "GET", path: path, fields: []))
                }
            }
        }
        return requests
    }

    /// With every method, field and origin.
    private func requests(_ plain: Request) -> [Request] {
        var requests: [Request] = []
        func add(_ method: String, _ fields: [(String, String)]) {
            requests.append(Request(port: plain.port, host: plain.host, method: method, path: plain.path, fields: fields))
        }
        for method in methods {
            add(method, [])
            for field in fields { add(method, [field]) }
            for origin in origins { add(method, [("Origin", origin)]) }
        }
        for origin in origins {
            add(
                "OPTIONS",
                [("Origin", origin), ("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "x-a")])
        }
        return requests
    }
}

/// nginx with a text for its `http` block.
final class NginxProcess {
    private let process: ChildProcess

    /// Returns when it listens at the port.
    init(_ http: String, port: Int) throws {
        let file = Places.scratch("nginx.conf")
        let folder = (file as NSString).deletingLastPathComponent
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(folder)/nginx-\(port);" }
        let text = """
            load_module /usr/lib/nginx/modules/ngx_http_headers_more_filter_module.so;
            daemon off;
            error_log stderr;
            pid \(file).pid;
            events {}
            http {
                access_log off;
                \(temporary.joined(separator: "\n    "))
                \(http)
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

    /// It runs at least as long as the work.
    func keeping<Value>(_ work: () throws -> Value) rethrows -> Value { try withExtendedLifetime(self, work) }

    deinit { process.stop() }
}
