import Foundation
import HeaderPolicy
import Migration
import ProxyConfig
import Testing

/// Each file of `Golden`: what is moved from, a line of dashes, and the configuration that comes of it, or the errors.
/// `UPDATE_GOLDEN=1 swift test` writes the results anew, for a person to read through.
struct ImportTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    static let separator = String(repeating: "-", count: 40) + "\n"

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return files.filter { $0.hasSuffix(".txt") }.sorted()
    }()

    /// What `include` finds.
    static let included = [
        NginxImport.File(
            name: "conf/proxy_params", text: "proxy_set_header Host $http_host;\nproxy_set_header X-Real-IP $remote_addr;\n"),
        NginxImport.File(name: "conf/itself.conf", text: "include itself.conf;\n"),
        NginxImport.File(
            name: "conf/sites/a.conf",
            text: "server { server_name a.example; location / { proxy_pass http://127.0.0.1:5001; } }\n"),
        NginxImport.File(
            name: "conf/sites/b.conf",
            text: "server { server_name b.example; location / { proxy_pass http://127.0.0.1:5002; } }\n"),
    ]

    static func yaml(_ input: String, _ name: String) throws(ConfigurationErrors) -> String {
        guard name.hasPrefix("nginx") else {
            return try FlaskCORSImport.yaml(input, file: "app.py", upstream: "http://127.0.0.1:5000")
        }
        return try NginxImport.yaml(input, file: "nginx.conf") { pattern in
            guard !pattern.hasPrefix("outside/") else { return nil }
            let prefix = "conf/\(pattern.prefix { $0 != "*" })"
            return included.filter { pattern.contains("*") ? $0.name.hasPrefix(prefix) : $0.name == prefix }
        }
    }

    static func result(_ input: String, _ name: String) -> String {
        do {
            return try yaml(input, name)
        } catch {
            return "\(error)\n"
        }
    }

    static func input(_ name: String) throws -> String {
        let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        return String(text.prefix(upTo: text.firstRange(of: separator)?.lowerBound ?? text.endIndex))
    }

    @Test(arguments: names)
    func golden(_ name: String) throws {
        let url = Self.folder.appending(path: name)
        let text = try String(contentsOf: url, encoding: .utf8)
        let input = try Self.input(name)
        let result = Self.result(input, name)
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
            try (input + Self.separator + result).write(to: url, atomically: true, encoding: .utf8)
        } else {
            #expect(text == input + Self.separator + result)
        }
    }

    /// What comes of an import loads, warnings aside.
    @Test(arguments: names)
    func loads(_ name: String) throws {
        guard let yaml = try? Self.yaml(try Self.input(name), name) else { return }
        let outcome = ConfigurationLoader(environment: [:]) { _ in [] }.read(text: yaml, file: "letterhead.yaml")
        #expect(outcome.configuration != nil, "\(outcome.diagnostics)")
    }

    /// More of what others have as well, which takes long.
    static let long: Set = ["nginx-bots.txt", "nginx-refused.txt", "nginx-single.txt", "nginx-texts.txt", "nginx-untold.txt"]

    /// What is cut short or damaged gives a configuration that loads, or errors with their places; never a trap.
    @Test(arguments: names.filter { !long.contains($0) })
    func damage(_ name: String) throws {
        let input = Array(try Self.input(name).unicodeScalars)
        let damages: [Unicode.Scalar] = [
            "\"", "'", "{", "}", "[", "]", "(", ")", ";", ":", "$", "#", "\\", "~", "*", "=", ",", "\u{1F389}", "\0",
        ]
        let step = max(1, input.count / 16)
        for index in stride(from: 0, to: input.count, by: step) {
            var cut = ""
            cut.unicodeScalars.append(contentsOf: input[..<index])
            expectSense(cut, name)
            var changed = input
            changed[index] = damages[index / step % damages.count]
            var damaged = ""
            damaged.unicodeScalars.append(contentsOf: changed)
            expectSense(damaged, name)
        }
    }

    private func expectSense(_ text: String, _ name: String) {
        do {
            _ = try Self.yaml(text, name)
        } catch {
            #expect(!error.diagnostics.isEmpty)
            #expect(error.diagnostics.allSatisfy { $0.location.file != "letterhead.yaml" }, "\(text)\n\(error)")
        }
    }

    /// Nothing that is deep, long or circular takes the process with it.
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            String(repeating: "a {", count: 10_000), String(repeating: "[", count: 100_000),
            "CORS(app, origins=" + String(repeating: "[", count: 10_000),
            "include conf/itself.conf;", "server { set $a $b; set $b $a; location / { proxy_pass http://$a; add_header X $a; } }",
            "map $http_origin $o { \(String(repeating: "a b;", count: 20_000)) }",
            "server { location / { proxy_pass http://a; expires \(String(repeating: "1000000y", count: 400)); } }",
            "http { include \(String(repeating: "*", count: 5_000)); }",
            "server { listen 80; } \(String(repeating: "server { server_name a; location / { return 200; } } ", count: 300))",
        ])
    func hostile(_ text: String) {
        _ = Self.result(text, "nginx")
        _ = Self.result(text, "flask")
    }
}
