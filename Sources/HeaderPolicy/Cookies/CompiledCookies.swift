public import HTTPModel

/// A compiled `cookies` rule, which adds the missing attributes to each `Set-Cookie` line with a matching name.
///
/// Lines are changed in place and never joined. A line that already has what the policy asks for keeps every byte, and so do
/// attributes that the policy does not mention. Without `force`, an attribute that the app wrote and a browser heeds stays as it
/// is, be it `SameSite=None`, a `Path` or a `Domain`. With `force`, the policy's value replaces the app's, except where a browser
/// would then refuse the cookie: `Secure` and `HttpOnly` stay where `SameSite=None`, `Partitioned` or the name's prefix needs
/// them, and no policy removes the `Path=/` of a `__Host-` cookie or gives it a `Domain`.
public struct CompiledCookies: Sendable {
    private let names: [WildcardPattern]
    private let secure: Bool?
    private let httpOnly: Bool?
    private let partitioned: Bool?
    private let sameSite: SetCookie.SameSite?
    private let path: [UInt8]?
    private let domain: [UInt8]?
    private let meetsPrefixes: Bool
    private let isForced: Bool

    /// - Throws: everything in the policy that is invalid, or that would make browsers refuse the cookie.
    public init(_ policy: CookiePolicy) throws(PolicyErrors) {
        var check = CookieCheck(policy)
        names = check.names()
        secure = check.flag(policy.secure, "secure")
        httpOnly = check.flag(policy.httpOnly, "http_only")
        partitioned = check.flag(policy.partitioned, "partitioned")
        sameSite = check.sameSite()
        path = check.path()
        domain = check.domain()
        check.combinations(names, sameSite)
        meetsPrefixes = policy.prefix?.value ?? false
        isForced = policy.force
        if !check.errors.isEmpty { throw PolicyErrors(check.errors) }
    }

    /// Applies the policy to every `Set-Cookie` line.
    ///
    /// - Parameter buffer: working memory, whose contents are lost.
    /// - Returns: the number of lines that were changed.
    @discardableResult
    public func apply(to fields: inout Fields, buffer: inout [UInt8]) -> Int {
        var changed = 0
        var next = fields.firstIndex(of: .setCookie)
        while let index = next {
            buffer.clear()
            if rewrite(fields.value(at: index), into: &buffer), fields.replaceValue(at: index, with: buffer.span) {
                changed &+= 1
            }
            next = fields.firstIndex(of: .setCookie, from: index &+ 1)
        }
        return changed
    }

    /// Appends the changed value; returns false and appends nothing when it stays as it is.
    func rewrite(_ text: Span<UInt8>, into output: inout [UInt8]) -> Bool {
        guard let cookie = SetCookie(text) else { return false }
        let name = text.extracting(cookie.name)
        guard names.isEmpty || names.contains(where: { $0.matches(name) }) else { return false }
        let edits = edits(of: cookie, CookiePrefix(name), text)
        guard edits.isAny else { return false }
        write(cookie, edits, text, into: &output)
        return true
    }

    /// The change that is made to an attribute.
    private enum Edit: Equatable {
        case keep, remove, write
    }

    private struct Edits {
        var secure = Edit.keep
        var httpOnly = Edit.keep
        var partitioned = Edit.keep
        var sameSite = Edit.keep
        var path = Edit.keep
        var domain = Edit.keep
        /// Whether `path` is written as `/`.
        var pathIsRoot = false

        var isAny: Bool {
            secure != .keep || httpOnly != .keep || partitioned != .keep || sameSite != .keep || path != .keep || domain != .keep
        }

        func of(_ attribute: SetCookie.Attribute) -> Edit {
            switch attribute {
            case .secure: secure
            case .httpOnly: httpOnly
            case .partitioned: partitioned
            case .sameSite: sameSite
            case .path: path
            case .domain: domain
            case .other: .keep
            }
        }
    }

    private func edits(of cookie: SetCookie, _ prefix: CookiePrefix, _ text: Span<UInt8>) -> Edits {
        var edits = Edits()
        if let sameSite, cookie.sameSite == nil || isForced && cookie.sameSite != sameSite { edits.sameSite = .write }
        let wantsHTTPOnly = prefix.demandsHTTPOnly ? (meetsPrefixes || httpOnly == true ? true : nil) : httpOnly
        edits.httpOnly = Self.edit(cookie.isHTTPOnly, wanted: wantsHTTPOnly)
        edits.partitioned = Self.edit(cookie.isPartitioned, wanted: partitioned)
        let isNone = (edits.sameSite == .write ? sameSite : cookie.sameSite) == SetCookie.SameSite.none
        let staysPartitioned = cookie.isPartitioned && edits.partitioned != .remove
        let needsSecure = prefix.demandsSecure || isNone || staysPartitioned
        let demandsSecure = meetsPrefixes && prefix.demandsSecure
        edits.secure = Self.edit(cookie.isSecure, wanted: demandsSecure ? true : secure == false && needsSecure ? nil : secure)
        guard !prefix.isHostOnly else {
            let hasRoot = cookie.path.map { text.extracting($0).equals("/") } ?? false
            if !hasRoot, meetsPrefixes || path != nil && cookie.path == nil { edits.path = .write }
            edits.pathIsRoot = true
            if meetsPrefixes, cookie.domains > 0 { edits.domain = .remove }
            return edits
        }
        edits.path = edit(cookie.path, cookie.paths, wanted: path, text)
        edits.domain = edit(cookie.domain, cookie.domains, wanted: domain, text)
        return edits
    }

    private static func edit(_ isThere: Bool, wanted: Bool?) -> Edit {
        guard let wanted, wanted != isThere else { return .keep }
        return wanted ? .write : .remove
    }

    private func edit(_ current: Range<Int>?, _ count: Int, wanted: [UInt8]?, _ text: Span<UInt8>) -> Edit {
        guard let wanted else { return .keep }
        guard let current else { return .write }
        return !isForced || count == 1 && text.extracting(current).equals(wanted.span) ? .keep : .write
    }

    private func write(_ cookie: SetCookie, _ edits: Edits, _ text: Span<UInt8>, into output: inout [UInt8]) {
        output.append(copying: text.extracting(0..<cookie.attributesStart))
        var left = (paths: cookie.paths, domains: cookie.domains, sameSites: cookie.sameSites)
        var position = cookie.attributesStart
        while let piece = SetCookie.piece(of: text, at: &position) {
            switch piece.attribute {
            case .path: left.paths &-= 1
            case .domain: left.domains &-= 1
            case .sameSite: left.sameSites &-= 1
            case .secure, .httpOnly, .partitioned, .other: break
            }
            switch edits.of(piece.attribute) {
            case .keep: output.append(copying: text.extracting(piece.whole))
            case .remove: break
            case .write:
                // When there are several, the last one is replaced and the others are dropped.
                let isLast =
                    switch piece.attribute {
                    case .path: left.paths == 0
                    case .domain: left.domains == 0
                    default: left.sameSites == 0
                    }
                if isLast { append(piece.attribute, edits, to: &output) }
            }
        }
        while let last = output.last, last == 0x3B || Octet.isBlank(last) { output.removeLast() }
        if edits.path == .write, cookie.paths == 0 { append(.path, edits, to: &output) }
        if edits.domain == .write, cookie.domains == 0 { append(.domain, edits, to: &output) }
        if edits.secure == .write { append(.secure, edits, to: &output) }
        if edits.httpOnly == .write { append(.httpOnly, edits, to: &output) }
        if edits.sameSite == .write, cookie.sameSites == 0 { append(.sameSite, edits, to: &output) }
        if edits.partitioned == .write { append(.partitioned, edits, to: &output) }
    }

    private func append(_ attribute: SetCookie.Attribute, _ edits: Edits, to output: inout [UInt8]) {
        switch attribute {
        case .path:
            output.append(text: "; Path=")
            if edits.pathIsRoot { output.append(0x2F) } else if let path { output.append(copying: path.span) }
        case .domain:
            output.append(text: "; Domain=")
            if let domain { output.append(copying: domain.span) }
        case .secure: output.append(text: "; Secure")
        case .httpOnly: output.append(text: "; HttpOnly")
        case .sameSite:
            output.append(text: "; SameSite=")
            if let sameSite { output.append(text: sameSite.text) }
        case .partitioned: output.append(text: "; Partitioned")
        case .other: break
        }
    }
}
