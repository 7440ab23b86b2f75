import HTTPModel
import Testing

@testable import Diagnosis

/// What browsers and proxies write, and what is left of it when it was cut, cleaned or broken.
@Suite struct HARReaderTests {
    static func read(_ text: String, by size: Int = 1_000) -> (entries: [RecordedExchange], creator: String, error: HARError?) {
        var reader = HARReader(source: JSONStreamTests.source(Array(text.utf8), by: size))
        var entries: [RecordedExchange] = []
        do {
            while let entry = try reader.next() { entries.append(entry) }
        } catch {
            return (entries, reader.creator, error)
        }
        return (entries, reader.creator, nil)
    }

    static func har(_ entries: String, creator: String = "WebInspector") -> String {
        #"{"log":{"version":"1.2","creator":{"name":"\#(creator)","version":"1"},"entries":[\#(entries)]}}"#
    }

    @Test func readsAnEntry() throws {
        let text = Self.har(
            #"""
            {"startedDateTime":"2026-01-01T00:00:00Z","time":1.5,"_resourceType":"Fetch","pageref":"page_1",
             "request":{"method":"PUT","url":"https://api.example/x?a=b","httpVersion":"HTTP/2","cookies":[{"name":"a","value":"b"}],
              "headers":[{"name":":authority","value":"api.example"},{"name":"origin","value":"https://app.example"},
               {"value":"2","name":"X-A","comment":"x"},{"name":"bad name","value":"1"},{"name":"X-None"}],"queryString":[],"bodySize":2},
             "response":{"status":200,"statusText":"OK","headers":[{"name":"set-cookie","value":"a=b\nc=d"}],
              "content":{"size":2,"mimeType":"x","text":"}]\""},"_error":null},
             "cache":{},"timings":{"wait":1}}
            """#)
        for size in [1, 7, 64, 100_000] {
            let (entries, creator, error) = Self.read(text, by: size)
            let entry = try #require(entries.first)
            #expect(entries.count == 1 && creator == "WebInspector" && error == nil)
            #expect(entry.number == 1 && entry.method == "PUT" && entry.url == "https://api.example/x?a=b" && entry.hasCookies)
            #expect(
                entry.requestFields == [
                    FieldText("origin", "https://app.example"), FieldText("X-A", "2"), FieldText("X-None", ""),
                ])
            #expect(entry.status == 200 && entry.error == nil && entry.resource == "fetch" && entry.page == "page_1")
            #expect(entry.responseFields == [FieldText("set-cookie", "a=b"), FieldText("set-cookie", "c=d")])
        }
    }

    /// Every tool has its own ways.
    @Test(
        arguments: [
            (#"{"request":{"url":"u"},"response":{"status":"404"}}"#, 404, nil),
            (#"{"request":{"url":"u"},"response":{"status":-1,"_failureText":"net::ERR_FAILED"}}"#, 0, "net::ERR_FAILED"),
            (
                #"{"request":{"url":"u"},"response":{"status":0,"_error":"server closed connection"}}"#, 0,
                "server closed connection"
            ),
            (#"{"request":{"url":"u"},"response":{"status":200.0,"_error":""}}"#, 200, nil),
            (#"{"request":{"url":"u"},"response":null}"#, 0, nil), (#"{"request":{"url":"u"}}"#, 0, nil),
            (#"{"response":{"status":200},"request":{"url":"u"}}"#, 200, nil),
            (#"{"request":{"url":"u","headers":{"Origin":"x"}},"response":{"status":99999999999999999999}}"#, 0, nil),
        ] as [(String, Int, String?)])
    func takesWhatOthersWrite(_ entry: String, _ status: Int, _ error: String?) {
        let found = Self.read(Self.har(entry))
        #expect(found.entries.map(\.status) == [status] && found.entries.first?.error == error && found.error == nil)
        #expect(found.entries.first?.url == "u")
    }

    /// Whitespace around a value is not part of it, wherever it stands, and lines end in more than one way.
    @Test(
        arguments: [
            (#"https://a.example "#, ["https://a.example"]), (#"\t a b\t\r\n"#, ["a b"]),
            (#"a\r\n b \n\n\tc\r"#, ["a", "b", "c"]),
            (#" \r\n"#, [""]), ("", [""]),
        ])
    func valuesAreTrimmed(_ value: String, _ lines: [String]) {
        for headers in [#"[{"name":"X-A","value":"\#(value)"}]"#, #"{"X-A":"\#(value)"}"#] {
            let found = Self.read(Self.har(#"{"request":{"headers":\#(headers)},"response":{"headers":\#(headers)}}"#))
            let entry = found.entries.first
            for fields in [entry?.requestFields, entry?.responseFields] {
                #expect(fields == lines.map { FieldText("X-A", $0) }, "\(String(describing: fields))")
            }
        }
    }

    @Test(arguments: [
        ("", "it is empty"), ("hello", "it is no HAR"), ("[1]", "it is no HAR"), ("{}", "it is no HAR"),
        (#"{"log":{}}"#, "it is no HAR"),
        (#"{"log":[]}"#, "it is no HAR"), (#"{"log":{"entries":{}}}"#, "it is no HAR"), ("\u{1F}\u{8B}\u{8}", "unpack"),
        (#"{"log":{"entries":[{"request":{"#, "it ends in the middle, in entry 1"),
        (#"{"log":{"entries":[{},{"request":tru}{"#, "it is no JSON from byte 38 on, behind entry 2"),
        (#"{"log":{"entries":[{}"#, "it ends in the middle, behind entry 1"),
    ])
    func saysWhatIsWrong(_ text: String, _ words: String) {
        let error = Self.read(text).error
        #expect(error?.description.contains(words) ?? false, "\(String(describing: error))")
    }

    @Test func takesAnEmptyRecording() { #expect(Self.read(Self.har("")).error == nil) }

    /// A file that was cut anywhere gives what stands before the cut.
    @Test func cutAnywhere() {
        let entry =
            #"{"request":{"method":"GET","url":"http://a/\u00e4","headers":[{"name":"A","value":"b"}]},"response":{"status":200}}"#
        let text = Array(Self.har([String](repeating: entry, count: 3).joined(separator: ",")).utf8)
        for end in 0..<text.count {
            let found = Self.read(String(decoding: text[..<end], as: UTF8.self))
            // Only brackets are missing behind the last.
            #expect(found.entries.count == found.error?.entries ?? 3, "\(end)")
        }
    }

    /// Entries of any form are entries.
    @Test func strangeEntries() {
        let found = Self.read(
            Self.har(#"1,null,"x",[],{},{"request":3,"response":"x"},{"request":{"headers":[1,{"name":2,"value":{}}],"url":[]}}"#)
        )
        #expect(found.entries.count == 7 && found.error == nil && found.entries.allSatisfy { $0.url.isEmpty })
    }
}
