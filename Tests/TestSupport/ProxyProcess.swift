import Foundation

/// A running `letterhead run`, its ports known, its log at hand. Ends with the last reference.
package final class ProxyProcess: Sendable {
    package let process: ChildProcess
    /// The ports of the listeners, in the order of the configuration.
    package let ports: [Int]
    package let adminPort: Int?

    package var port: Int { ports[0] }
    package var url: String { "http://127.0.0.1:\(port)" }
    package var adminURL: String { "http://127.0.0.1:\(adminPort ?? 0)" }

    /// Returns when every listener accepts. The configuration binds port 0.
    package convenience init(_ configuration: String, listeners: Int = 1, environment: [String: String] = [:]) throws {
        let file = Places.scratch("letterhead.yaml")
        try configuration.write(toFile: file, atomically: true, encoding: .utf8)
        try self.init(file: file, listeners: listeners, environment: environment)
    }

    /// Likewise, of a file as it is: its variables make it bind port 0.
    package init(file: String, listeners: Int = 1, environment: [String: String] = [:]) throws {
        let configuration = try String(contentsOfFile: file, encoding: .utf8)
        process = try ChildProcess(Places.letterhead, ["run", "--config", file], environment: environment)
        let hasAdmin = configuration.split(separator: "\n").contains { $0.hasPrefix("admin:") }
        let bound = try process.lines(.error, listeners + (hasAdmin ? 1 : 0)) { line -> (isAdmin: Bool, port: Int)? in
            guard let entry = logEntry(line), let message = entry["message"], message.hasSuffix("listening") else { return nil }
            let port = entry["address"]?.split(separator: ":").last.flatMap { Int($0) }
            return (message.hasPrefix("admin"), port ?? 0)
        }
        ports = bound.filter { !$0.isAdmin }.map(\.port)
        adminPort = bound.first { $0.isAdmin }?.port
    }

    deinit { process.stop() }

    /// The response to a request that must get one.
    package func fetch(_ path: String, _ version: HTTPVersion = .http1, _ arguments: [String] = []) throws -> RawResponse {
        try withExtendedLifetime(self) { try TestSupport.fetch(url + path, version, arguments) }
    }

    /// The first line of the access log that has those values. Waits for it: a line is written when the exchange is over.
    package func accessLog(_ wanted: [String: String]) throws -> [String: String] {
        try process.line(.output) { line in
            guard let entry = logEntry(line) else { return nil }
            return wanted.allSatisfy { entry[$0] == $1 } ? entry : nil
        }
    }
}

/// A log line's keys and values, numbers and booleans as text; nil when it is not a JSON object.
package func logEntry(_ line: Substring) -> [String: String]? {
    guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else { return nil }
    return object.mapValues { "\($0)" }
}
