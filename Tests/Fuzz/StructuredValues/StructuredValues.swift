import FuzzSupport
import HTTPModel
import HeaderPolicy

private let names =
    TypedValue.fields + [
        "Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy", "Accept-CH", "Report-To", "NEL", "Referrer-Policy",
        "X-Frame-Options", "Cross-Origin-Resource-Policy", "Access-Control-Allow-Origin", "Priority", "Document-Policy", "Link",
        "X-Content-Type-Options", "Clear-Site-Data", "Origin-Agent-Cluster", "Timing-Allow-Origin",
    ]

/// The first byte chooses a field, the second line is its value; a map of the same goes through the typed values.
@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = Input(start, count)
    let name = names[Int(input.byte()) % names.count]
    let location = SourceLocation(file: "t.yaml", line: 1, column: 1)
    let value = String(decoding: input.bytes, as: UTF8.self)
    if let problem = KnownValue.problem(name: name, value: value) { check(!problem.message.isEmpty, "a refusal has a reason") }
    _ = KnownValue.problem(name: name, template: value)
    guard TypedValue.takesMap(name) else { return 0 }
    var entries: [TypedValue.Entry] = []
    while !input.rest.isEmpty {
        let line = String(decoding: input.line(), as: UTF8.self)
        let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
        entries.append(
            TypedValue.Entry(
                key: Located(parts.first ?? "", at: location),
                value: parts.count > 1 ? .text(Located(parts[1], at: location)) : .flag(true)))
    }
    if let text = try? TypedValue.text(of: entries, for: name, at: location) {
        check(KnownValue.problem(name: name, template: text) == nil, "what was made of a map is good: \(text)")
    }
    return 0
}
