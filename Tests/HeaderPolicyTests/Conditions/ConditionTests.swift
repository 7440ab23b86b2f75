import HTTPModel
import Testing

@testable import HeaderPolicy

@Suite("Conditions")
struct ConditionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var condition: Condition
        var asked = Asked()
        var status: Status = 200
        var fields: [String] = []
        var source = ExchangeFacts.Source.upstream
        var client = "192.0.2.1"
        var holds: Bool
        var testDescription: String { "\(name): \(holds)" }
    }

    static func test(_ name: Located<String>, _ test: FieldTest.Test) -> FieldTest { FieldTest(name: name, test: test) }

    static let apart: Condition = when {
        $0.methods = ["GET"]
        $0.statuses = ["200"]
    }

    static let cases: [Case] = [
        Case(name: "nothing", condition: when { _ in }, holds: true),
        Case(name: "method", condition: when { $0.methods = ["GET", "PUT"] }, asked: Asked(method: "PUT"), holds: true),
        Case(name: "method", condition: when { $0.methods = ["GET"] }, asked: Asked(method: "HEAD"), holds: false),
        Case(name: "other method", condition: when { $0.methods = ["PURGE"] }, asked: Asked(method: "PURGE"), holds: true),
        Case(name: "other method", condition: when { $0.methods = ["PURGE"] }, asked: Asked(method: "BREW"), holds: false),
        Case(name: "other method", condition: when { $0.methods = ["PURGE"] }, holds: false),
        Case(
            name: "host", condition: when { $0.hosts = ["a.example", "*.b.example"] },
            asked: Asked(authority: "X.b.example:8080"), holds: true),
        Case(name: "host", condition: when { $0.hosts = ["a.example"] }, holds: false),
        Case(name: "path", condition: when { $0.paths = ["/x", "/api/**"] }, asked: Asked(target: "/api/1?q"), holds: true),
        Case(name: "path", condition: when { $0.paths = ["/x", "/api/**"] }, asked: Asked(target: "/apis"), holds: false),
        Case(
            name: "decoded path", condition: when { $0.paths = ["/api/**"] }, asked: Asked(target: "/x/%2e%2E/a%70i"), holds: true
        ),
        Case(name: "scheme", condition: when { $0.schemes = ["https"] }, asked: Asked(scheme: .https), holds: true),
        Case(name: "scheme", condition: when { $0.schemes = ["https"] }, holds: false),
        Case(name: "both schemes", condition: when { $0.schemes = ["https", "http"] }, holds: true),
        Case(name: "code", condition: when { $0.statuses = ["404", "410"] }, status: 410, holds: true),
        Case(name: "code", condition: when { $0.statuses = ["404"] }, status: 400, holds: false),
        Case(name: "class", condition: when { $0.statuses = ["5xx"] }, status: 599, holds: true),
        Case(name: "class", condition: when { $0.statuses = ["5XX"] }, status: 499, holds: false),
        Case(name: "range", condition: when { $0.statuses = ["400-499"] }, status: 400, holds: true),
        Case(name: "range", condition: when { $0.statuses = ["400-499"] }, status: 500, holds: false),
        Case(
            name: "type", condition: when { $0.contentTypes = ["text/html"] }, fields: ["Content-Type: TEXT/html; charset=x"],
            holds: true),
        Case(
            name: "type", condition: when { $0.contentTypes = ["text/html"] }, fields: ["Content-Type: text/htmlx"], holds: false),
        Case(name: "no type", condition: when { $0.contentTypes = ["*/*"] }, holds: false),
        Case(name: "any type", condition: when { $0.contentTypes = ["*/*"] }, fields: ["Content-Type: a/b"], holds: true),
        Case(
            name: "types", condition: when { $0.contentTypes = ["text/css", "image/*"] }, fields: ["content-type: image/png"],
            holds: true),
        Case(
            name: "types", condition: when { $0.contentTypes = ["image/*"] }, fields: ["content-type: images/png"], holds: false),
        Case(name: "source", condition: when { $0.sources = ["proxy"] }, source: .proxy, holds: true),
        Case(name: "source", condition: when { $0.sources = ["proxy"] }, holds: false),
        Case(name: "source", condition: when { $0.sources = ["proxy", "upstream"] }, holds: true),
        Case(name: "client", condition: when { $0.clientIPs = ["10.0.0.0/8", "192.0.2.1"] }, holds: true),
        Case(name: "client", condition: when { $0.clientIPs = ["10.0.0.0/8"] }, holds: false),
        Case(name: "client in IPv6", condition: when { $0.clientIPs = ["2001:db8::/32"] }, client: "2001:db8:1::2", holds: true),
        Case(name: "client on a Unix socket", condition: when { $0.clientIPs = ["::/0"] }, client: "unix", holds: false),
        Case(
            name: "request field", condition: when { $0.requestHeaders = [test("X-A", .present)] },
            asked: Asked(fields: ["x-a: 1"]), holds: true),
        Case(
            name: "request field", condition: when { $0.requestHeaders = [test("X-A", .absent)] },
            asked: Asked(fields: ["x-a: 1"]), holds: false),
        Case(
            name: "request field with _", condition: when { $0.requestHeaders = [test("X_A", .equals(["2"]))] },
            asked: Asked(fields: ["X-A: 2", "X_A: 1", "x_a: 2"]), holds: true),
        Case(
            name: "request field equals", condition: when { $0.requestHeaders = [test("X-A", .equals(["1", "2"]))] },
            asked: Asked(fields: ["X-A: 0", "X-A: 2"]), holds: true),
        Case(
            name: "request field equals", condition: when { $0.requestHeaders = [test("X-A", .equals(["a"]))] },
            asked: Asked(fields: ["X-A: A"]), holds: false),
        Case(name: "Host", condition: when { $0.requestHeaders = [test("Host", .equals(["www.example"]))] }, holds: true),
        Case(
            name: "no Host", condition: when { $0.requestHeaders = [test("Host", .present)] }, asked: Asked(authority: ""),
            holds: false),
        Case(
            name: "response field matches", condition: when { $0.responseHeaders = [test("X-A", .matches("^b+$"))] },
            fields: ["X-A: a", "X-A: bb"], holds: true),
        Case(
            name: "response field matches", condition: when { $0.responseHeaders = [test("X-A", .matches("^b+$"))] },
            fields: ["X-A: abb"], holds: false),
        Case(name: "response field", condition: when { $0.responseHeaders = [test("X-A", .absent)] }, holds: true),
        parameter("x=1&&y", "x", .present, true), parameter("x=1&y", "y", .present, true),
        parameter("x=1", "X", .present, false), parameter("", "x", .absent, true),
        parameter("xx=1&x", "x", .absent, false), parameter("x=1&x=2", "x", .equals(["2", "3"]), true),
        parameter("x=1&x=2", "x", .equals(["12"]), false), parameter("x=a%2Bb+c", "x", .equals(["a+b c"]), true),
        parameter("%78=%31", "x", .equals(["1"]), true), parameter("a+b%5B%5D=1", "a b[]", .equals(["1"]), true),
        parameter("x=1=2", "x", .equals(["1=2"]), true), parameter("x=%4", "x", .equals(["%4"]), true),
        parameter("x=%zz%", "x", .equals(["%zz%"]), true), parameter("x=%2531", "x", .matches("^%31$"), true),
        parameter("x", "x", .equals([""]), true), parameter("x=%E2%82%AC", "x", .matches("^€$"), true),
        parameter("x=ab&x=b", "x", .matches("^b"), true), parameter("xb=b", "x", .matches("b"), false),
        parameter("x=1;y=2", "y", .present, false),
        Case(name: "all of them", condition: apart, holds: true),
        Case(name: "all of them", condition: apart, status: 404, holds: false),
        Case(name: "not", condition: when { $0.not = [apart] }, holds: false),
        Case(name: "not as a whole", condition: when { $0.not = [apart] }, status: 404, holds: true),
        Case(
            name: "none of several", condition: when { $0.not = [apart, when { $0.statuses = ["404"] }] }, status: 404,
            holds: false),
        Case(name: "not not", condition: when { $0.not = [when { $0.not = [apart] }] }, holds: true),
        Case(name: "sample of none", condition: when { $0.sample = sample(0) }, holds: false),
        Case(name: "sample of all", condition: when { $0.sample = sample(100) }, holds: true),
        Case(
            name: "sample by a cookie that is not there", condition: when { $0.sample = sample(99, .cookie("id")) }, holds: false),
    ]

    private static func parameter(
        _ query: String, _ parameter: Located<String>, _ test: FieldTest.Test, _ holds: Bool
    ) -> Case {
        Case(
            name: "query \(query)", condition: Condition(location: at(1), [.query(FieldTest(name: parameter, test: test))]),
            asked: Asked(target: query.isEmpty ? "/" : "/?\(query)"), holds: holds)
    }

    static func sample(_ percent: Double, _ key: Sample.Key = .clientAddress) -> Sample {
        Sample(percent: percent, key: key, location: at(1))
    }

    @Test("What holds", arguments: cases)
    func table(_ entry: Case) throws {
        var stage = try StageUnderTest(response: [.set("It-Holds", "yes", when: entry.condition)])
        let lines = stage.response(entry.fields, status: entry.status, asked: entry.asked) { facts in
            facts.source = entry.source
            facts.clientAddress = Array(entry.client.utf8)
            facts.clientIP = IPAddress(entry.client.utf8.span) ?? .unspecified
        }
        #expect(lines.contains("It-Holds: yes") == entry.holds)
    }

    @Test("Response fields are as the rules before left them, request fields as the client sent them")
    func order() throws {
        let there = when { $0.responseHeaders = [Self.test("X-A", .present)] }
        let asked = when { $0.requestHeaders = [Self.test("X-A", .present)] }
        var response = try StageUnderTest(response: [
            .remove("X-A"), .set("Response", "1", when: there), .set("Request", "1", when: asked),
        ])
        #expect(response.response(["X-A: 1"], asked: Asked(fields: ["X-A: 1"])) == ["Request: 1", "Vary: X-A"])
        var request = try StageUnderTest(request: [.remove("X-A"), .set("Request", "1", when: asked)])
        #expect(request.request(Asked(fields: ["X-A: 1"])) == [], "a rule sees what those before it left")
    }

    @Test("A sample has as many classes as it says", arguments: [(0.29, 29), (0.57, 57), (8.2, 820), (99.99, 9_999), (0.01, 1)])
    func sampleClasses(_ percent: Double, _ classes: Int) {
        #expect(CompiledSample(Self.sample(percent)).classes == classes)
    }

    @Test("A sample is sticky, near its size, and part of each larger one")
    func samples() throws {
        var tenth = try StageUnderTest(response: [.set("In", "1", when: when { $0.sample = Self.sample(10) })])
        var half = try StageUnderTest(response: [.set("In", "1", when: when { $0.sample = Self.sample(50) })])
        var counts = (tenth: 0, half: 0)
        for number in 0..<2000 {
            let address = Array("10.0.\(number / 256).\(number % 256)".utf8)
            let inTenth = !tenth.response { $0.clientAddress = address }.isEmpty
            let inHalf = !half.response { $0.clientAddress = address }.isEmpty
            #expect(!inTenth || inHalf)
            counts.tenth += inTenth ? 1 : 0
            counts.half += inHalf ? 1 : 0
        }
        #expect(150...250 ~= counts.tenth)
        #expect(900...1100 ~= counts.half)
        var byCookie = try StageUnderTest(response: [.set("In", "1", when: when { $0.sample = Self.sample(50, .cookie("id")) })])
        let members = (0..<10).map { number in
            byCookie.response(asked: Asked(fields: ["Cookie: a=b; id=\(number)"])).contains("In: 1")
        }
        #expect(
            members == [true, true, true, true, false, false, false, false, true, false], "the hash is the same on every machine")
    }
}
