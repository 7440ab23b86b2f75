import Foundation
import TestSupport

/// Chromium has loaded the pages of all askers, and they have asked everything: what became of each case.
final class Visit: Sendable {
    /// What a page saw of a case.
    struct Report: Decodable, Sendable {
        var id: Int
        /// Nil when `fetch` failed.
        var response: Response?

        struct Response: Decodable, Sendable {
            var type: String
            var status: Int
            var redirected: Bool
            var names: [String]
            var body: String
        }
    }

    /// The port of the pages.
    let port: Int
    /// Host and port of the proxy's two listeners.
    let authorities: [String]
    let reports: [Int: Report]
    /// The methods of the requests of a case that came to the proxy, and of those that came to the app; in order.
    let sent: [Int: [String]]
    let arrived: [Int: [String]]

    init() throws {
        let app = try TalkativeApp.start()
        let dead = try DeadPort()
        let site = try Site()
        port = site.port
        let proxy = try ProxyProcess(
            Self.configuration(
                app: app.port, flask: try Shared.app.get().address, down: dead.port, pages: site.port), listeners: 2)
        let authorities = proxy.ports.map { "127.0.0.1:\($0)" }
        self.authorities = authorities
        for asker in Asker.allCases {
            let tasks = BrowserCase.all.filter { $0.asker == asker }.map { $0.task(proxy: authorities[0], other: authorities[1]) }
            try site.publish(asker, tasks)
        }
        let browser = try ChildProcess(
            "chromium",
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-breakpad",
                "--disable-background-networking", "--no-first-run", "--no-proxy-server",
                "--user-data-dir=\(Places.scratch("chromium"))", Asker.page.address(port: site.port),
            ])
        defer { browser.stop() }
        reports = try site.reports(from: browser)
        // The log is in order: when this is in it, so is everything before.
        _ = try proxy.fetch("/the-end")
        _ = try proxy.accessLog(["path": "/the-end"])
        let log = proxy.process.text(.output).split(separator: "\n").compactMap(logEntry)
        sent = Self.methods(log.map { ($0["method"] ?? "", $0["path"] ?? "") })
        arrived = Self.methods(app.requests.map { ($0.method, $0.target) })
    }

    /// The proxy's, for those ports and that address of the Flask app.
    static func configuration(app: Int, flask: String, down: Int, pages: Int) -> String {
        """
        listen: [127.0.0.1:0, 127.0.0.1:0]
        workers: 1
        access_log: json
        upstreams:
          app: http://127.0.0.1:\(app)
          flask: \(flask)
          down: http://127.0.0.1:\(down)
        response_headers:
          - set: { X-Request-ID: "{request.id}" }
        routes:
        \(CORSRoute.all.map { $0.text(port: pages) }.joined())
          - { path: /the-end, respond: 200 }

        """
    }

    /// By the case that the path names.
    private static func methods(_ requests: [(method: String, path: String)]) -> [Int: [String]] {
        var methods: [Int: [String]] = [:]
        for request in requests {
            let start = request.path.firstRange(of: "?case=")?.upperBound ?? request.path.endIndex
            if let id = Int(request.path[start...].prefix { $0 != "&" }) { methods[id, default: []].append(request.method) }
        }
        return methods
    }
}

/// The server of the pages: gives each asker its document, and takes what the document's script reports.
private final class Site: @unchecked Sendable {
    private let lock = NSLock()
    private var documents: [String: String] = [:]
    private var received: [String: [UInt8]] = [:]
    private let isComplete = Signal()
    private var server: RawOrigin?

    var port: Int { server?.port ?? 0 }

    init() throws {
        server = try RawOrigin { [weak self] request in self?.answer(request) ?? "" }
    }

    func publish(_ asker: Asker, _ tasks: [[String: Any]]) throws {
        let others = asker == .page ? Asker.allCases.filter { $0 != .page } : []
        let frames = others.map { ["address": $0.address(port: port), "sandbox": $0 == .sandbox] as [String: Any] }
        let content: [String: Any] = ["name": asker.rawValue, "tasks": tasks, "frames": frames]
        let json = String(decoding: try JSONSerialization.data(withJSONObject: content), as: UTF8.self)
        let page = try String(contentsOfFile: Places.integration("Browser/page.html"), encoding: .utf8)
        lock.withLock { documents["/\(asker)"] = page.replacing("{{content}}", with: json) }
    }

    /// Waits until every asker has reported, or the browser has ended.
    func reports(from browser: ChildProcess) throws -> [Int: Visit.Report] {
        let isComplete = isComplete
        _ = Background {
            try browser.waitForExit()
            isComplete.give()
        }
        try? isComplete.wait(within: 2 * patience)
        let received = lock.withLock { self.received }
        guard received.count == Asker.allCases.count else {
            throw Disappointment("only \(received.keys.sorted()) reported; Chromium says: \(browser.text(.error))")
        }
        let reports = try received.values.flatMap { try JSONDecoder().decode([Visit.Report].self, from: Data($0)) }
        return Dictionary(reports.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private func answer(_ request: RawRequest) -> String {
        lock.withLock {
            if request.method == "POST" {
                received[request.target] = request.body
                if received.count == Asker.allCases.count { isComplete.give() }
                return "HTTP/1.1 204 Taken\r\n\r\n"
            }
            guard let document = documents[request.target] else { return "HTTP/1.1 404 Unknown\r\nContent-Length: 0\r\n\r\n" }
            return
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: session=1; Path=/\r\nContent-Length: \(document.utf8.count)"
                + "\r\n\r\n\(document)"
        }
    }
}
