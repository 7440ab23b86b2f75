import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

func located(_ texts: [String]) -> [Located<String>] {
    texts.enumerated().map { Located($1, at: SourceLocation(file: "test.yaml", line: $0 + 1, column: 1)) }
}

func address(_ text: String) -> IPAddress { IPAddress(text.utf8.span) ?? .unspecified }

/// `Name: value`, one each.
func fields(_ lines: [String]) -> Fields {
    var fields = Fields()
    for line in lines {
        let parts = line.split(separator: ":", maxSplits: 1)
        let isAppended = fields.append(String(parts[0]), parts.count == 2 ? String(parts[1]) : "")
        #expect(isAppended, "\(line)")
    }
    return fields
}

func lines(_ fields: Fields) -> [String] { fields.pairs.map { "\($0.name): \($0.value)" } }

func request(_ method: String = "GET", _ target: String = "/", host: String = "app.example", _ lines: [String] = [])
    -> RequestHead
{
    var head = RequestHead()
    let hasMethod = head.setMethod(method.utf8.span)
    head.setAuthority(host.utf8.span)
    let hasTarget = head.setTarget(target.utf8.span)
    #expect(hasMethod && hasTarget, "\(method) \(target)")
    head.fields = fields(lines)
    return head
}

/// Something else came than what the rest of a test stands on.
struct Unexpected: Error {
    var what: String
}
