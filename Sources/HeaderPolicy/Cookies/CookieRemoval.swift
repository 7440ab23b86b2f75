import HTTPModel

/// Takes cookies away by their names: lines of `Set-Cookie`, or pairs of `Cookie` (RFC 6265 §4.2).
final class CookieRemoval: ValueChange {
    private let names: [WildcardPattern]
    private let isOfRequest: Bool
    var dropsEmpty: Bool { true }

    /// - Throws: everything in the policy that is invalid.
    init(_ policy: CookiePolicy, isOfRequest: Bool) throws(PolicyErrors) {
        var check = CookieCheck(policy)
        names = check.names()
        self.isOfRequest = isOfRequest
        check.removal()
        if !check.errors.isEmpty { throw PolicyErrors(check.errors) }
    }

    func change(_ value: Span<UInt8>, into text: inout [UInt8], _ scratch: inout RegexScratch) -> Bool {
        guard isOfRequest else { return SetCookie(value).map { isMeant(value.extracting($0.name)) } ?? false }
        var (pairs, isChanged) = (CookiePairs(), false)
        while let range = pairs.next(in: value) {
            let pair = value.extracting(range)
            var equals = 0
            while equals < pair.count, pair[equals] != 0x3D { equals &+= 1 }
            // What has no `=` is a value without a name.
            let name = pair.extracting(pair.trimmingBlanks(0..<(equals < pair.count ? equals : 0)))
            if isMeant(name) {
                isChanged = true
            } else if !pair.isEmpty {
                if !text.isEmpty { text.append(text: "; ") }
                text.append(copying: pair)
            }
        }
        return isChanged
    }

    private func isMeant(_ name: Span<UInt8>) -> Bool {
        for pattern in names where pattern.matches(name) { return true }
        return false
    }
}
