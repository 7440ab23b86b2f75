import Diagnosis
import HTTPModel
import ProxyConfig
import ProxyCore
import Testing

/// Tests made of a recording are read again, whatever was recorded.
@Suite struct HARTestWriterTests {
    /// A policy in front refuses what is beyond its limits, as it was recorded.
    @Test(arguments: [("10", 200), ("11", 413)]) func limits(_ length: String, _ status: Int) throws {
        let entry = """
            {"request":{"method":"POST","url":"https://api.example/x","headers":[{"name":"Content-Length","value":"\(length)"}]},
            "response":{"status":200,"headers":[{"name":"Content-Type","value":"text/html"}]}}
            """
        let text = "upstreams: { app: http://127.0.0.1:1 }\nlimits: { request_body: 10 }\n"
        let policy = HARPolicy(try PolicyDiffTests.compiled(text), listener: 0, unixSeconds: 1)
        var scan = HARScan(source: JSONStreamTests.source(Array(HARReaderTests.har(entry).utf8), by: 64))
        let judged = try #require(scan.next()?.first)
        let explanation = try #require(policy.explanation(of: judged))
        #expect(explanation.exchanges.map { Int($0.exchange.response.status.rawValue) } == [status])
    }

    /// What a policy made of a body that is too large, it makes in the test as well.
    @Test(arguments: ["", #",{"name":"Origin","value":"https://app.example"}"#]) func refusals(_ more: String) throws {
        let entry = """
            {"request":{"method":"POST","url":"https://api.example/x","headers":[{"name":"Content-Length","value":"11"}\(more)]},
            "response":{"status":413,"headers":[{"name":"Content-Type","value":"text/plain"},{"name":"Cache-Control","value":"no-store"},
            {"name":"X-Frame-Options","value":"DENY"},{"name":"Vary","value":"Accept"}]}}
            """
        let policy = try PolicyDiffTests.compiled(
            "upstreams: { app: http://127.0.0.1:1 }\nlimits: { request_body: 10 }\n"
                + "response_headers: [{ set: { X-Frame-Options: DENY }, when: { source: proxy } }]\n")
        var scan = HARScan(source: JSONStreamTests.source(Array(HARReaderTests.har(entry).utf8), by: 64))
        var writer = HARTestWriter(HARPolicy(policy, listener: 0, unixSeconds: 1))
        let judged = try #require(scan.next()?.first)
        let test = writer.test(judged) ?? ""
        let file = try ConfigurationLoader(environment: [:]) { _ in [] }.tests(
            text: HARTestWriter.head("x.har") + test, file: "t.yaml")
        #expect(file.tests.flatMap { $0.run(on: policy).failures.map(\.message) }.isEmpty, "\(test)")
    }

    @Test(
        arguments: [
            ("https://app.example", 1), ("null", 1), ("capacitor://localhost", 1), ("https://APP.example", 0),
            ("https://app.example:443", 0), ("http://127.1:3000", 0), ("https://app.example/", 0),
        ])
    func origins(_ origin: String, _ count: Int) throws {
        let entry = """
            {"request":{"method":"GET","url":"https://api.example/x","headers":[{"name":"Origin","value":"\(origin)"}]},
            "response":{"status":200,"headers":[{"name":"Content-Type","value":"text/html"}]}}
            """
        var scan = HARScan(source: JSONStreamTests.source(Array(HARReaderTests.har(entry).utf8), by: 64))
        var writer = HARTestWriter(nil)
        var text = HARTestWriter.head("x.har")
        while let judged = scan.next() { for one in judged { text += writer.test(one) ?? "" } }
        #expect(writer.count == count, "\(text)")
        guard count > 0 else { return }
        let file = try ConfigurationLoader(environment: [:]) { _ in [] }.tests(text: text, file: "t.yaml")
        #expect(file.tests.map(\.origin) == [origin])
    }
}
