import Foundation
import TestSupport
import Testing

/// A proxy in front of several apps.
struct Group {
    let proxy: ProxyProcess

    init(proxy: ProxyProcess) { self.proxy = proxy }

    /// - Parameters:
    ///   - servers: entries of `servers:`.
    ///   - settings: other keys of the upstream, as in a flow mapping.
    init(_ servers: [String], _ settings: String = "", workers: Int = 1, timeouts: String = "") throws {
        proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            admin: 127.0.0.1:0
            workers: \(workers)
            upstreams: { app: { servers: [\(servers.joined(separator: ", "))]\(settings.isEmpty ? "" : ", \(settings)") } }
            timeouts: { \(timeouts) }
            \(Policy.rules)

            """)
    }

    init(_ apps: [MoodyApp], _ settings: String = "", workers: Int = 1, timeouts: String = "") throws {
        try self.init(apps.map(\.address), settings, workers: workers, timeouts: timeouts)
    }

    /// Requests one after the other on one connection; who answered, or the status where nobody did.
    func ask(_ count: Int = 1, _ method: String = "GET", fields: String = "", body: String = "") throws -> [String] {
        let client = try Connection(port: proxy.port)
        return try (0..<count).map { _ in
            let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
            try client.send("\(method) /x HTTP/1.1\r\nHost: a\r\n\(fields)\(length)\r\n\(body)")
            let response = try client.takeResponse(to: method)
            Policy.expect(on: response, for: .noOrigin)
            return response.status == 200 ? response.text : "\(response.status)"
        }
    }

    /// Asks until the log says that the server is left out for the `time`th time, and no longer: it comes back by itself.
    func askUntilOut(_ app: MoodyApp, time: Int = 1) throws -> [String] {
        var answers: [String] = []
        while news("server is left out", of: app).count < time {
            guard answers.count < 2_000 else { throw Disappointment("\(answers.count) requests, and the server is not left out") }
            answers += try ask()
        }
        return answers
    }

    /// Returns when the log says that the server is left out, or back, for the `time`th time.
    @discardableResult
    func wait(for message: String, of app: MoodyApp, time: Int = 1) throws -> [String: String] {
        try proxy.process.lines(.error, time, within: 20) { Self.news($0, message, of: app) }[time - 1]
    }

    private func news(_ message: String, of app: MoodyApp) -> [[String: String]] {
        proxy.process.text(.error).split(separator: "\n").compactMap { Self.news($0, message, of: app) }
    }

    private static func news(_ line: Substring, _ message: String, of app: MoodyApp) -> [String: String]? {
        guard let entry = logEntry(line), entry["message"] == message else { return nil }
        return entry["server"] == "127.0.0.1:\(app.port)" ? entry : nil
    }

    /// `/-/upstreams`, the servers of the only upstream, once `isThere` likes them.
    func servers(_ isThere: ([[String: Any]]) -> Bool = { _ in true }) throws -> [[String: Any]] {
        let deadline = Date(timeIntervalSinceNow: 20)
        while true {
            let servers = try upstream()["servers"] as? [[String: Any]] ?? []
            if isThere(servers) { return servers }
            guard Date() < deadline else { throw Disappointment("in 20 s the servers did not become as wanted: \(servers)") }
        }
    }

    func upstream() throws -> [String: Any] {
        let text = try fetch(proxy.adminURL + "/-/upstreams").body
        let document = try JSONSerialization.jsonObject(with: Data(text)) as? [String: Any]
        return (document?["upstreams"] as? [[String: Any]])?.first ?? [:]
    }
}
