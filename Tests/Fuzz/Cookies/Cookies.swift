import FuzzSupport
import HTTPModel
import HeaderPolicy

private let location = SourceLocation(file: "t.yaml", line: 1, column: 1)

private func located<Value>(_ value: Value) -> Located<Value> { Located(value, at: location) }

private func policy(_ change: (inout CookiePolicy) -> Void) -> CompiledCookies? {
    var policy = CookiePolicy(location: location)
    change(&policy)
    return try? CompiledCookies(policy)
}

private let policies: [CompiledCookies] = [
    policy {
        $0.secure = located(true)
        $0.httpOnly = located(true)
        $0.sameSite = located("Lax")
    },
    policy {
        $0.secure = located(true)
        $0.sameSite = located("None")
        $0.partitioned = located(true)
        $0.path = located("/")
    },
    policy {
        $0.secure = located(true)
        $0.sameSite = located("Strict")
        $0.force = true
    },
].compactMap { $0 }

/// Every line of the input is a cookie: each stays a line of its own, its name and value stay, and a second application
/// changes nothing.
@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    check(policies.count == 3, "the policies are good")
    var input = Input(start, count)
    var fields = Fields()
    while !input.rest.isEmpty {
        fields.append(.setCookie, name: "Set-Cookie".utf8.span, value: input.line().span)
    }
    for policy in policies {
        var changed = fields
        var buffer: [UInt8] = []
        policy.apply(to: &changed, buffer: &buffer)
        check(changed.count == fields.count, "no cookie comes or goes")
        for index in fields.indices {
            check(Fields.isValue(changed.value(at: index)), "no value breaks a message")
            let before = Array(line: fields.value(at: index)).prefix { $0 != 0x3B }
            check(
                Array(line: changed.value(at: index)).starts(with: before.reversed().drop { $0 == 0x20 || $0 == 9 }.reversed()),
                "name and value stay")
        }
        let once = changed.lines
        let again = policy.apply(to: &changed, buffer: &buffer)
        check(again == 0 && changed.lines == once, "a second application changes nothing")
    }
    return 0
}
