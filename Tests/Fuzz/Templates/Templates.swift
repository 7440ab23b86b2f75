import FuzzSupport
import HTTPModel
import HeaderPolicy

/// The first line is a template, the others are fields of a request, as hostile as they like: what is rendered is a field
/// value, or nothing.
@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = Input(start, count)
    let source = Located(
        String(decoding: input.line(), as: UTF8.self), at: SourceLocation(file: "t.yaml", line: 1, column: 1))
    _ = KnownValue.problem(name: "Content-Security-Policy", template: source.value)
    for scope in [Template.Scope.request, .response] {
        var names = FieldNames.standard
        guard let template = try? Template(source, scope: scope, names: &names) else { continue }
        var facts = ExchangeFacts()
        var others = input
        facts.request.setTarget(others.line().span)
        facts.request.setAuthority(others.line().span)
        facts.requestID = others.line()
        facts.nonce = others.line()
        while !others.rest.isEmpty {
            let line = others.line()
            let name = Array(line.prefix { $0 != 0x3A })
            let value = Array(line.dropFirst(name.count + 1))
            facts.request.fields.append(names.id(of: name.span), name: name.span, value: value.span)
        }
        var output = Array("before".utf8)
        let response = ResponseHead(status: 404)
        let isRendered = template.render(into: &output, facts: facts, response: scope == .response ? response : nil)
        check(isRendered || output.count == 6, "nothing is left of what is not rendered")
        check(output.starts(with: Array("before".utf8)), "what was there stays")
        check(Fields.isValue(output.span), "no value breaks a message")
    }
    return 0
}
