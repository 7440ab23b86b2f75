import Diagnosis
import Foundation
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import TestSupport
import Testing

/// `explain` and `test` judge as Chromium did: for every case, the simulated exchanges and the Fetch process come to what the page
/// saw through the running proxy.
@Suite struct VerdictTests {
    @Test(arguments: CORSRoute.all.map(\.name), Asker.allCases)
    func agreesWithChromium(_ route: String, _ asker: Asker) throws {
        let visit = try BrowserTests.visit.get()
        let text = Visit.configuration(app: 1, flask: "http://127.0.0.1:2", down: 3, pages: visit.port)
        let configuration = try CompiledConfiguration(
            ConfigurationLoader(environment: [:]) { _ in [] }.load(text: text, file: "browser.yaml"))
        for one in BrowserCase.all where one.route.name == route && one.asker == asker {
            let report = try #require(visit.reports[one.id], "\(one.name)")
            let verdict = try judge(one, visit, configuration)
            switch verdict.kind {
            case .refused: #expect(report.response == nil, "\(verdict.failure?.code ?? ""): \(one.name)")
            case .opaque: #expect(report.response?.type == "opaque", "\(one.name)")
            case .opaqueRedirect: #expect(report.response?.type == "opaqueredirect", "\(one.name)")
            case .readable, .sameOrigin:
                let response = try #require(report.response, "may be read: \(one.name)")
                #expect(response.type == "cors" && response.status == verdict.response?.status, "\(one.name)")
                #expect(response.redirected == !verdict.redirects.isEmpty, "\(one.name)")
                let readable = Set(verdict.readable.map { $0.lowercased() })
                // What belongs to a connection, and what the real Flask app says beyond the imitation, is not simulated.
                let others: Set = [
                    "date", "transfer-encoding", "connection", "server", "x-app", "allow", "vary", "content-length",
                ]
                #expect(readable.subtracting(others).isSubset(of: response.names), "\(one.name)")
                #expect(Set(response.names).subtracting(others).isSubset(of: readable), "\(one.name)")
            }
        }
    }

    private func judge(_ one: BrowserCase, _ visit: Visit, _ configuration: CompiledConfiguration) throws -> FetchVerdict {
        let address = "http://\(visit.authorities[0])\(one.path(other: visit.authorities[1]))"
        var fetch = PageFetch(origin: one.asker.origin(port: visit.port), url: try #require(WebURL(address)))
        fetch.method = one.request.method
        fetch.fields = one.request.fields.map { FieldText($0.key, $0.value) }
        if one.request.body != nil, fetch.fields.values(of: "Content-Type").isEmpty {
            fetch.fields.append(FieldText("Content-Type", "text/plain;charset=UTF-8"))
        }
        fetch.mode = try #require(PageFetch.Mode(rawValue: one.request.mode))
        fetch.redirect = try #require(PageFetch.Redirect(rawValue: one.request.redirect))
        fetch.credentials = one.request.hasCredentials ? .include : .sameOrigin
        fetch.starCoversAuthorization = true
        var process = FetchProcess(fetch)
        var step = process.begin()
        while case .send(let hop) = step {
            var request = SimulatedRequest(
                method: hop.method, scheme: .http, authority: hop.url.authority, target: hop.url.target)
            request.fields = hop.fields
            let listener = hop.url.authority == visit.authorities[1] ? 1 : 0
            let exchange = try SimulatedExchange(request, on: configuration, listener: listener, unixSeconds: 0)
            if let upstream = exchange.upstream { exchange.receive(answer(of: upstream.name, to: exchange, one)) }
            step = process.received(FetchResponse(exchange))
        }
        guard case .done(let verdict) = step else { throw Disappointment("no verdict") }
        return verdict
    }

    private func answer(of upstream: String, to exchange: SimulatedExchange, _ one: BrowserCase) -> SimulatedAnswer {
        switch upstream {
        case "down": return .fault(.connectFailed)
        case "flask":
            guard case .flask(_, let status, let methods) = one.route.target else { return .fault(.closed) }
            let method = exchange.facts.request.method.token
            let code = method == "OPTIONS" ? 200 : methods.contains(method) ? status : 405
            return .response(status: Status(rawValue: UInt16(code)), fields: [FieldText("Content-Type", "text/html")])
        default:
            let lines = exchange.forwarded.pairs.map { "\($0.name): \($0.value)\r\n" }.joined()
            let method = String(decoding: Array(copying: exchange.facts.request.methodToken), as: UTF8.self)
            let head = RawHead("\(method) \(exchange.forwardedTarget) HTTP/1.1\r\n\(lines)\r\n".utf8)
            let response = RawHead(TalkativeApp.answer(RawRequest(head)).components(separatedBy: "\r\n\r\n")[0].utf8)
            return .response(
                status: Status(rawValue: UInt16(response.status)),
                fields: response.fields.lines.map { FieldText($0.name, $0.value) })
        }
    }
}
