import HTTPModel
import HeaderPolicy
import Testing

@Suite("Placeholders")
struct PlaceholderTests {
    static let asked = Asked(
        method: "PURGE", target: "/a%20b/%0D%0A/%C3%A9;c?x={1}&y=%0a", authority: "www.example:8443",
        fields: ["X-A: 1", "x-a: 2", "X_A: 3", "Cookie: a=1; b=2=3", "Cookie: c=; bb=4", "User-Agent: t/1"], scheme: .https)

    static let values: [(String, String?)] = [
        ("{request.id}", "id-1"), ("{client.ip}", "192.0.2.7"), ("{client.port}", "4711"), ("{method}", "PURGE"),
        ("{scheme}", "https"), ("{host}", "www.example"), ("{host.port}", "8443"), ("{authority}", "www.example:8443"),
        ("{path}", "/a%20b/%0D%0A/%C3%A9;c"), ("{path.rest}", "r%20%5Cs"), ("{query}", "x={1}&y=%0a"),
        ("{uri}", "/a%20b/%0D%0A/%C3%A9;c?x={1}&y=%0a"), ("{upstream}", "app"), ("{upstream.name}", "app"),
        ("{nonce}", "bm9uY2U"), ("{traceparent}", "00-1-2-01"), ("{time.unix}", "784111777"),
        ("{time.http}", "Sun, 06 Nov 1994 08:49:37 GMT"), ("{time.iso}", "1994-11-06T08:49:37Z"),
        ("{tls.version}", "TLSv1.3"), ("{tls.cipher}", "AES"), ("{tls.server_name}", "sni.example"),
        ("{tls.client.subject}", "CN=me"), ("{request.header.X-A}", "1, 2"), ("{request.header.x_a}", "3"),
        ("{request.header.User-Agent}", "t/1"), ("{request.header.Host}", "www.example:8443"),
        ("{request.header.Cookie}", "a=1; b=2=3; c=; bb=4"), ("{request.cookie.a}", "1"), ("{request.cookie.b}", "2=3"),
        ("{request.cookie.bb}", "4"), ("{request.cookie.c}", nil), ("{request.cookie.A}", nil), ("{request.header.X-No}", nil),
        ("<{method}-{scheme}>", "<PURGE-https>"), ("{{{method}}}", "{PURGE}"), (" {method} ", "PURGE"),
    ]

    static func fill(_ facts: inout ExchangeFacts) {
        facts.requestID = Array("id-1".utf8)
        facts.clientAddress = Array("192.0.2.7".utf8)
        facts.clientPort = 4711
        facts.pathRest = Array("r \\s".utf8)
        facts.upstream = Array("app".utf8)
        facts.nonce = Array("bm9uY2U".utf8)
        facts.traceparent = Array("00-1-2-01".utf8)
        facts.unixSeconds = 784_111_777
        facts.tlsVersion = Array("TLSv1.3".utf8)
        facts.tlsCipher = Array("AES".utf8)
        facts.tlsServerName = Array("sni.example".utf8)
        facts.tlsClientSubject = Array("CN=me".utf8)
    }

    @Test("What each stands for, in both directions", arguments: values)
    func table(template: String, expected: String?) throws {
        let rule = Rule.set("Value", Located(template, at: at(1)))
        var stage = try StageUnderTest(request: [rule], response: [rule])
        let line = expected.map { "Value: \($0)" }
        #expect(stage.request(Self.asked, change: Self.fill).first { $0.hasPrefix("Value") } == line)
        #expect(stage.response(asked: Self.asked, change: Self.fill).first { $0.hasPrefix("Value") } == line)
        #expect(stage.scratch.droppedFields == 0)
    }

    @Test("What speaks of the response")
    func response() throws {
        var stage = try StageUnderTest(response: [
            .set("S", "{status}"), .add("L", "{response.header.Link}"), .merge("Vary", "{response.header.X-V}"),
        ])
        let lines = stage.response(["Link: <a>", "link: <b>", "X-V: b, c", "Vary: B"], status: 404)
        #expect(lines == ["Link: <a>", "link: <b>", "X-V: b, c", "S: 404", "L: <a>, <b>", "Vary: B, c"])
    }

    @Test("The default port is that of the scheme", arguments: [(Scheme.http, "80"), (.https, "443")])
    func port(scheme: Scheme, expected: String) throws {
        var stage = try StageUnderTest(response: [.set("Port", "{host.port}")])
        #expect(stage.response(asked: Asked(scheme: scheme)) == ["Port: \(expected)"])
        #expect(stage.response(asked: Asked(authority: "")) == [])
    }

    @Test(
        "A byte that no value may have drops the rule's field, and counts (promise 9)", arguments: 0...255 as ClosedRange<UInt8>)
    func drops(byte: UInt8) throws {
        let rules: [Rule] = [.set("X-Id", "a{request.id}b"), .add("X-Add", "{request.id}"), .merge("X-L", "b{request.id}")]
        var stage = try StageUnderTest(response: rules)
        let lines = stage.response(["X-Id: old", "X-L: old"]) { $0.requestID = [byte] }
        if (byte < 0x20 && byte != 0x09) || byte == 0x7F {
            #expect(lines == ["X-L: old"])
            #expect(stage.scratch.droppedFields == 3)
        } else {
            #expect(!lines.contains("X-Id: old"))
            #expect(stage.scratch.droppedFields == 0)
        }
    }

    @Test("An empty value writes no line; a `set` replaces the old one with it")
    func empty() throws {
        let rules: [Rule] = [.set("A", "{request.id}"), .add("B", " {request.id}\t"), .merge("C", "{request.id}")]
        var stage = try StageUnderTest(response: rules)
        #expect(stage.response(["A: 1", "a: 3", "C: 2"]) == ["C: 2"])
        #expect(stage.scratch.droppedFields == 0)
    }

    @Test("What a client sends is not taken for what a rule sets", arguments: ["X-User", "x-user", "X_User"])
    func spoofed(_ name: String) throws {
        let rules: [Rule] = [.set("X-User", "{request.header.X-Auth-User}"), .set("X-Cert", "{tls.client.subject}")]
        var stage = try StageUnderTest(request: rules)
        #expect(stage.request(Asked(fields: ["\(name): admin", "X-Cert: CN=admin", "X-Other: 1"])) == ["X-Other: 1"])
        #expect(stage.request(Asked(fields: ["X-Auth-User: eve", "\(name): admin"])) == ["X-Auth-User: eve", "X-User: eve"])
    }

    @Test("A template by itself")
    func template() throws {
        var names = FieldNames.standard
        let template = try Template("/new/{path.rest}", scope: .request, names: &names)
        var facts = Self.asked.facts(in: names)
        Self.fill(&facts)
        var output = Array("Location: ".utf8)
        #expect(template.render(into: &output, facts: facts, response: nil))
        #expect(output == Array("Location: /new/r%20%5Cs".utf8))
        #expect(!template.isStatic)
        #expect(try Template("{{}}", scope: .request, names: &names).isStatic)
        let status = try Template("{status}", scope: .response, names: &names)
        output.removeAll()
        #expect(status.render(into: &output, facts: facts, response: ResponseHead(status: 418)))
        #expect(output == Array("418".utf8))
    }

    @Test("The owner learns what it has to make")
    func uses() throws {
        let stage = try StageUnderTest(request: [.set("N", "{nonce}")], response: [.set("T", "{traceparent}")])
        #expect(stage.policy.usesNonce)
        #expect(stage.policy.usesTraceparent)
        #expect(try !StageUnderTest(request: [.set("N", "{{nonce}}")]).policy.usesNonce)
    }
}
