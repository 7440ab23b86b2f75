import FuzzSupport
import HTTPModel
import HeaderPolicy

/// The first line is an expression, the second a replacement, what follows the text. (That the time is linear, the fuzzer's
/// limit of a second sees.)
@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = Input(start, count)
    let pattern = String(decoding: input.line(), as: UTF8.self)
    let replacement = String(decoding: input.line(), as: UTF8.self)
    let text = input.bytes
    var scratch = RegexScratch()
    for isAnchored in [false, true] {
        guard let regex = try? LinearRegex(pattern, anchored: isAnchored) else { continue }
        let matches = regex.matches(text.span, scratch: &scratch)
        check(matches == regex.matches(text.span), "the working memory does not matter")
        guard let replacement = try? Replacement(replacement, groups: regex.groups) else { continue }
        var output = Array("x".utf8)
        let isReplaced = regex.replaceAll(in: text.span, with: replacement, into: &output, scratch: &scratch, limit: 1 << 16)
        check(matches || !isReplaced, "there is nothing to replace where nothing matches")
        check(isReplaced || output.count == 1, "nothing is left of what is not replaced")
    }
    return 0
}
