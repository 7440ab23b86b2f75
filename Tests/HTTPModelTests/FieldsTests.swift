import HTTPModel
import Testing

@Suite struct FieldsTests {
    static func list(_ lines: [(String, String)]) -> Fields {
        var fields = Fields()
        for (name, value) in lines { fields.append(name, value) }
        return fields
    }

    static func text(_ fields: Fields) -> String {
        var output: [UInt8] = []
        fields.serialize(into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    static let sample = [("Host", "a"), ("X-A", "1"), ("x-a", ""), ("Vary", "Origin"), ("Host", "b")]

    @Test func keepsOrderSpellingAndValues() {
        let fields = Self.list(Self.sample)
        #expect(fields.count == 5)
        #expect(fields.pairs.map { "\($0.name):\($0.value)" } == ["Host:a", "X-A:1", "x-a:", "Vary:Origin", "Host:b"])
        #expect(Self.text(fields) == "Host: a\r\nX-A: 1\r\nx-a: \r\nVary: Origin\r\nHost: b\r\n")
        #expect(fields.line(at: 3).text == "Vary: Origin\r\n")
    }

    /// Names of all lengths, also where fewer than eight bytes are left, and what is beside letters in ASCII.
    @Test(arguments: ["", "V", "VALUE with Capitals"]) func lowercasesNamesAlone(value: String) {
        var fields = Fields()
        var expected = Fields()
        for length in 1...40 {
            let name = String((0..<length).map { Array("AZaz09-_^`|~BYby")[$0 % 16] })
            fields.append(name, value)
            expected.append(name.lowercased(), value)
            if length % 3 == 0 { fields.remove(at: fields.count - 2) }
            if length % 3 == 0 { expected.remove(at: expected.count - 2) }
            var copy = Self.list(Self.sample)
            copy.assign(lowercasing: fields)
            #expect(Self.text(copy) == Self.text(expected))
        }
        // The first line is behind the second in memory.
        var moved = Self.list([("X-A", value), ("Y", "")])
        moved.replaceValue(at: 0, with: "1".utf8.span)
        var copy = Fields()
        copy.assign(lowercasing: moved)
        #expect(Self.text(copy) == "x-a: 1\r\ny: \r\n")
        var empty = Self.list(Self.sample)
        empty.assign(lowercasing: Fields())
        #expect(empty.isEmpty)
    }

    @Test func findsByID() {
        let fields = Self.list(Self.sample)
        #expect(fields.firstIndex(of: .host) == 0)
        #expect(fields.firstIndex(of: .host, from: 1) == 4)
        #expect(fields.firstIndex(of: .host, from: 5) == nil)
        #expect(fields.firstIndex(of: .origin) == nil)
        #expect(fields.mayContain(.vary) && !fields.mayContain(.origin))
        #expect(fields.id(at: 1) == .unknown)
        #expect(fields.text(of: .vary) == "Origin")
        #expect(fields.text(of: .origin) == nil)
    }

    @Test(arguments: [
        ("", "x"), ("A B", "x"), ("A:", "x"), ("A\u{00}", "x"), ("Ä", "x"), ("A\r\nB", "x"), ("A(", "x"), (" A", "x"),
        ("A\t", "x"),
        ("A", "x\ry"), ("A", "x\ny"), ("A", "x\r\nB: y"), ("A", "\u{00}"), ("A", "\u{7F}"), ("A", "\u{1B}"), ("A", "x\u{0B}"),
    ])
    func refusesWhatCouldBreakAMessage(_ name: String, _ value: String) {
        var fields = Self.list([("Host", "a"), ("X", "y")])
        let isAppended = fields.append(name, value)
        #expect(!isAppended)
        let isName = Fields.isName(name.utf8.span)
        let isChanged =
            isName
            ? fields.replaceValue(at: 0, with: value.utf8.span) : fields.rename(at: 0, to: .unknown, name: name.utf8.span)
        #expect(!isChanged)
        #expect(Self.text(fields) == "Host: a\r\nX: y\r\n")
    }

    @Test(arguments: [(" \t", ""), (" a", "a"), ("a\t ", "a"), (" a b ", "a b"), ("é\u{FFFD}", "é\u{FFFD}"), ("a\tb", "a\tb")])
    func trimsValues(_ value: String, _ expected: String) {
        #expect(Self.list([("A", value)]).pairs.first?.value == expected)
    }

    @Test func refusesNamesAndValuesThatAreTooLong() {
        var fields = Fields()
        let longest = fields.append(String(repeating: "n", count: Fields.nameLimit), "v")
        let longerName = fields.append(String(repeating: "n", count: Fields.nameLimit + 1), "v")
        let longValue = fields.append("A", String(repeating: "v", count: Fields.capacityLimit))
        #expect(longest && !longerName && !longValue && fields.count == 1)
    }

    @Test func removes() {
        var fields = Self.list(Self.sample)
        let counts = [fields.remove(.origin), fields.remove(.host)]
        #expect(counts == [0, 2])
        #expect(Self.text(fields) == "X-A: 1\r\nx-a: \r\nVary: Origin\r\n")
        let removed = fields.remove { fields, index in fields.value(at: index).isEmpty }
        #expect(removed == 1)
        fields.remove(at: 0)
        #expect(Self.text(fields) == "Vary: Origin\r\n")
        fields.removeAll()
        #expect(fields.isEmpty && Self.text(fields).isEmpty && !fields.mayContain(.vary))
    }

    @Test func editsInPlace() {
        var fields = Self.list(Self.sample)
        let (long, empty, name) = (" a longer value ", "", "Server")
        fields.replaceValue(at: 1, with: long.utf8.span)
        fields.replaceValue(at: 3, with: empty.utf8.span)
        fields.rename(at: 2, to: .server, name: name.utf8.span)
        #expect(Self.text(fields) == "Host: a\r\nX-A: a longer value\r\nServer: \r\nVary: \r\nHost: b\r\n")
        #expect(fields.firstIndex(of: .server) == 2)
    }

    @Test func copiesLinesOfAnotherList() {
        let source = Self.list(Self.sample)
        var fields = Self.list([("A", "b")])
        fields.append(lineAt: 3, of: source)
        #expect(fields.firstIndex(of: .vary) == 1)
        #expect(Self.text(fields) == "A: b\r\nVary: Origin\r\n")
    }

    @Test func trimmingGivesBackStorageAndKeepsLinesOutOfTheWay() {
        var fields = Self.list([("A", String(repeating: "v", count: 10_000))])
        fields.removeAll()
        fields.trim(to: 1000)
        fields.append("B", "c")
        #expect(Self.text(fields) == "B: c\r\n")
    }
}

@Suite struct FieldNamesTests {
    static func id(_ name: String, _ names: FieldNames = .standard) -> FieldID { names.id(of: name.utf8.span) }

    @Test(arguments: [
        ("Connection", FieldID.connection), ("cOnNeCtIoN", .connection), ("TE", .te), ("te", .te),
        ("Content-Length", .contentLength),
        ("content-length", .contentLength), ("HOST", .host),
        ("Access-Control-Allow-Private-Network", .accessControlAllowPrivateNetwork),
        ("access-control-max-age", .accessControlMaxAge), ("x-forwarded-port", .xForwardedPort), ("Forwarded", .forwarded),
        ("", .unknown), ("X", .unknown), ("Connectio", .unknown), ("Connections", .unknown), ("Content_Length", .unknown),
        ("Content-Lengtx", .unknown), ("xontent-Length", .unknown), ("Content-\u{4}ength", .unknown),
        ("H\u{4F}\u{53}\u{14}", .unknown),
        ("Content\rLength", .unknown), ("[ost", .unknown),
    ])
    func findsListedNamesInAnyCase(_ name: String, _ id: FieldID) {
        #expect(Self.id(name) == id)
    }

    @Test func everyIDSpellsItsName() {
        let names = FieldNames.standard
        for raw in 1...UInt16(names.count) {
            let spelling = names.spelling(of: FieldID(rawValue: raw)) ?? ""
            #expect(Self.id(spelling.uppercased()) == FieldID(rawValue: raw))
            #expect(Self.id(spelling.lowercased()) == FieldID(rawValue: raw))
        }
        #expect(names.spelling(of: .unknown) == nil)
        #expect(names.spelling(of: FieldID(rawValue: .max)) == nil)
    }

    @Test func internsThousands() {
        var names = FieldNames()
        let before = names.count
        let ids = (0..<3000).map { names.intern("X-Configured-\($0)") }
        #expect(Set(ids).count == 3000 && names.count == before + 3000)
        for (index, id) in ids.enumerated() { #expect(Self.id("x-CONFIGURED-\(index)", names) == id) }
        let again = [names.intern("host"), names.intern("x-configured-7")]
        #expect(again == [.host, ids[7]])
        #expect(names.spelling(of: ids[7]) == "X-Configured-7")
    }

    @Test func groupsOfNames() {
        for id in [FieldID.connection, .keepAlive, .proxyConnection, .transferEncoding, .te, .trailer, .upgrade, .http2Settings] {
            #expect(id.isHopByHop)
        }
        #expect(!FieldID.contentLength.isHopByHop && !FieldID.unknown.isHopByHop && !FieldID.host.isHopByHop)
        #expect(FieldID.accessControlAllowOrigin.isAccessControlResponse)
        #expect(FieldID.accessControlAllowPrivateNetwork.isAccessControlResponse)
        #expect(!FieldID.accessControlRequestMethod.isAccessControlResponse && !FieldID.xRequestID.isAccessControlResponse)
    }
}
