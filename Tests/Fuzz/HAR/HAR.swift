import Diagnosis
import FuzzSupport
import HTTPModel
import ProxyConfig
import ProxyCore

private struct NoFile: Error {}

private let policy: HARPolicy? = {
    let text = """
        upstreams: { app: http://127.0.0.1:5000 }
        response_headers:
          - cors: { allow_origins: ["https://app.example"], allow_credentials: true }
          - set: { X-Frame-Options: DENY }
          - remove: [Server]
        """
    let loader = ConfigurationLoader(environment: [:]) { path in
        guard path == "fuzz.yaml" else { throw NoFile() }
        return Array(text.utf8)
    }
    guard let configuration = loader.read(path: "fuzz.yaml").configuration,
        let compiled = try? CompiledConfiguration(configuration)
    else { return nil }
    return HARPolicy(compiled, listener: 0, unixSeconds: 1_800_000_000)
}()

/// All that the commands make of a recording.
private struct Result: Equatable {
    var lines: [String] = []
    var tests: [String] = []
    var findings = ""
    var error: HARError?

    init(_ bytes: [UInt8], by size: Int) {
        var rest = bytes[...]
        var scan = HARScan(page: nil) { buffer in
            let part = rest.prefix(min(size, buffer.count))
            rest = rest.dropFirst(part.count)
            buffer.replaceSubrange(..<part.count, with: part)
            return part.count
        }
        var summary = HARSummary(policy)
        var programs = HARSummary(policy)
        var examination = HARExamination()
        var written = HARTestWriter(policy)
        var last = 0
        while let judged = scan.next() {
            for one in judged {
                check(one.entry.number > last, "entries come in their order")
                last = one.entry.number
                lines.append(summary.line(one, Style(isColored: false)))
                lines.append(programs.json(one))
                lines.append(one.observed.text(Style(isColored: false)))
                if let explanation = policy?.explanation(of: one) { lines.append(explanation.text(Style(isColored: false))) }
                if let test = written.test(one) { tests.append(test) }
                examination.take(one)
            }
        }
        examination.finish()
        findings = examination.text(Style(isColored: false)) + examination.json.written()
        error = scan.error
        check(error.map { !$0.description.isEmpty } ?? true, "an error says what it is")
        check(summary.count <= last, "every entry is counted once")
        let isVisible = lines.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x0A } }
        check(isVisible, "nothing of a recording moves the cursor of a terminal")
    }
}

/// Whatever a recording is: it is read, judged, replayed and turned into policy tests, and the parts in which it is read make no difference.
@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    check(policy != nil, "the policy is good")
    var input = Input(start, count)
    let size = 1 + Int(input.byte())
    let bytes = input.bytes
    check(Result(bytes, by: bytes.count + 1) == Result(bytes, by: size), "the parts make no difference")
    return 0
}
