import TestSupport
import Testing

/// A real browser agrees: what a page can read through the proxy is what the policy says it may.
@Suite struct BrowserTests {
    static let visit = Result { try Visit() }

    @Test(arguments: CORSRoute.all.map(\.name), Asker.allCases)
    func readsWhatItMay(_ route: String, _ asker: Asker) throws {
        let visit = try Self.visit.get()
        for one in BrowserCase.all where one.route.name == route && one.asker == asker {
            let report = try #require(visit.reports[one.id], "\(one.name)")
            let expected = Expectation(one, port: visit.port)
            expect(report.response, expected, one)
            // Without `max_age` a browser keeps a permission for some seconds only, and for an opaque origin it need not at all.
            if one.request.times == 1 || (one.route.maxAge != nil && one.asker != .sandbox) {
                #expect(visit.arrived[one.id, default: []] == expected.arrived, "at the app: \(one.name)")
                #expect(visit.sent[one.id, default: []] == expected.sent, "at the proxy: \(one.name)")
            }
        }
    }

    private func expect(_ response: Visit.Report.Response?, _ expected: Expectation, _ one: BrowserCase) {
        switch expected.outcome {
        case .refused:
            #expect(response == nil, "may not be read: \(one.name)")
        case .closed(let type):
            #expect(response?.type == type && response?.status == 0 && response?.body == "", "\(one.name)")
            #expect(response?.names == [], "\(one.name)")
        case .readable(let status, let bodyStart, let fields, let answer):
            guard let response else {
                Issue.record("may be read: \(one.name)")
                return
            }
            #expect(response.type == "cors" && response.status == status, "\(one.name)")
            #expect(response.redirected == expected.isRedirected, "\(one.name)")
            if let bodyStart {
                #expect(response.body.hasPrefix(bodyStart) && response.body.isEmpty == bodyStart.isEmpty, "\(one.name)")
            }
            func isReadable(_ name: String) -> Bool {
                FetchStandard.isReadable(name, answer, hasCredentials: one.request.hasCredentials)
            }
            let missing = fields.filter { isReadable($0) && !response.names.contains($0.lowercased()) }
            #expect(missing.isEmpty, "fields that may be read: \(one.name)")
            #expect(response.names.allSatisfy(isReadable), "fields that may not be read: \(one.name)")
        }
    }

    /// The cases are many, and each asker meets every outcome.
    @Test(arguments: Asker.allCases)
    func isThorough(_ asker: Asker) {
        let outcomes = BrowserCase.all.filter { $0.asker == asker }.map { Expectation($0, port: 1).outcome }
        var (refused, closed, readable) = (0, 0, 0)
        for outcome in outcomes {
            switch outcome {
            case .refused: refused += 1
            case .closed: closed += 1
            case .readable: readable += 1
            }
        }
        #expect(refused > 400 && closed > 20 && readable > 100, "\(refused) refused, \(closed) closed, \(readable) readable")
    }
}
