import Foundation
import HTTPModel
import ProxyCore
import Testing

@Suite struct LocalReplyTests {
    static func reply(
        _ status: Status = 502, reason: Reason? = nil, id: String = "abc", accept: [String] = [], retryAfter: Int? = nil
    ) -> (head: ResponseHead, body: String) {
        var head = ResponseHead()
        head.fields = fields(["Left: over"])
        var body = bytes("left over")
        LocalReply.write(
            status: status, reason: reason, requestID: bytes(id), request: request("GET", "/", accept.map { "Accept: \($0)" }),
            into: &head, body: &body, retryAfter: retryAfter)
        return (head, text(body))
    }

    @Test(
        arguments: [
            // curl, nobody, a browser, fetch, axios
            (["*/*"], "text/plain; charset=utf-8"), ([], "text/plain; charset=utf-8"),
            (["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"], "text/html; charset=utf-8"),
            (["application/json, text/plain, */*"], "application/problem+json"),
            (["application/json"], "application/problem+json"),
            (["application/problem+json"], "application/problem+json"), (["application/*"], "application/problem+json"),
            (["text/*"], "text/plain; charset=utf-8"), (["TEXT/HTML"], "text/html; charset=utf-8"),
            (["text/plain;q=0.4, text/html;q=0.5"], "text/html; charset=utf-8"),
            (["text/html;q=0.4", "application/json ; q=0.401"], "application/problem+json"),
            (["text/html;level=1;q=0.4, text/plain;q=0.3"], "text/html; charset=utf-8"),
            (["text/html;q=0, */*"], "text/plain; charset=utf-8"), (["text/plain;q=0, */*;q=0.1"], "application/problem+json"),
            (["image/png"], "text/plain; charset=utf-8"), (["text/html;q=0"], "text/plain; charset=utf-8"),
            (["text/html;q=2, text/plain"], "text/plain; charset=utf-8"),
            (["text/html;q=, text/plain"], "text/plain; charset=utf-8"),
            (["text/html;q=1.000, text/plain;q=0.999"], "text/html; charset=utf-8"), ([",;,;q,=;"], "text/plain; charset=utf-8"),
            (["text/html, application/json"], "text/html; charset=utf-8"),
        ] as [([String], String)])
    func choosesTheForm(_ accept: [String], _ type: String) {
        let (head, body) = Self.reply(accept: accept)
        #expect(head.fields.text(of: .contentType) == type)
        #expect(head.fields.text(of: .contentLength) == String(body.utf8.count))
        #expect(head.fields.count == 2 && head.status == 502)
        #expect(body.contains("502") && body.contains("Bad Gateway") && body.contains("abc"))
    }

    @Test(arguments: [400, 403, 404, 408, 413, 414, 417, 421, 431, 499, 500, 502, 503, 504, 599, 200, 999] as [Status])
    func problemIsJSON(_ status: Status) throws {
        let id = "\"<&>\\ \u{7}"
        let (_, body) = Self.reply(status, id: id.filter { $0 != "\u{7}" }, accept: ["application/json"])
        let json = try #require(JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        #expect(json["status"] as? Int == Int(status.rawValue))
        #expect(json["request_id"] as? String == "\"<&>\\ ")
        #expect((json["detail"] as? String)?.hasSuffix(".") == true)
        #expect(json["type"] as? String == "about:blank" && json["title"] is String)
    }

    @Test func escapesHTML() {
        let (_, body) = Self.reply(id: "<script>\"'&", accept: ["text/html"])
        #expect(body.contains("<code>&lt;script&gt;&quot;&#39;&amp;</code>") && !body.contains("<script>"))
    }

    @Test(arguments: [204, 304, 101] as [Status]) func noBodyWhereNoneMayBe(_ status: Status) {
        let (head, body) = Self.reply(status)
        #expect(head.fields.isEmpty && body.isEmpty && head.status == status)
    }

    @Test func saysWhenToComeBack() {
        #expect(lines(Self.reply(503, retryAfter: 5).head.fields).last == "Retry-After: 5")
    }

    @Test func leavesOutAMissingID() {
        for accept in ["text/plain", "text/html", "application/json"] {
            #expect(!Self.reply(id: "", accept: [accept]).body.lowercased().contains("request"), "\(accept)")
        }
    }

    @Test(
        arguments: [
            (.connectFailed, "could not be reached"), (.upstreamClosed, "no proper answer"), (nil, "could not be reached or"),
        ] as [(Reason?, String)])
    func explains(_ reason: Reason?, _ words: String) {
        #expect(Self.reply(reason: reason).body.contains(words))
    }
}
