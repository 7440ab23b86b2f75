import HTTPModel

/// The four forms of a request target (RFC 9112 §3.2), each of which only some methods may have.
enum RequestTarget {
    /// Puts the target into a head whose method is known, in origin form if it has one. Returns false if the method may not have
    /// this target.
    static func set(_ target: Span<UInt8>, in head: inout RequestHead) -> Bool {
        guard !target.isEmpty else { return false }
        if head.method == .connect {
            guard Authority.isValid(target), target[target.count &- 1] != 0x3A else { return false }
            head.setAuthority(target)
            // A port is required (RFC 9110 §9.3.6), so the host is shorter than the whole target.
            return head.hostname.count < target.count && head.setTarget(target)
        }
        if target[0] == 0x2F { return head.setTarget(target) }
        if target[0] == 0x2A { return target.count == 1 && head.method == .options && head.setTarget(target) }
        return setAbsolute(target, in: &head)
    }

    private static func setAbsolute(_ target: Span<UInt8>, in head: inout RequestHead) -> Bool {
        guard let start = authorityStart(target) else { return false }
        var end = start
        while end < target.count, target[end] != 0x2F, target[end] != 0x3F { end &+= 1 }
        let authority = target.extracting(start..<end)
        guard Authority.isValid(authority) else { return false }
        head.setAuthority(authority)
        head.scheme = start == "https://".utf8.count ? .https : .http
        if end < target.count, target[end] == 0x2F { return head.setTarget(target.extracting(end..<target.count)) }
        // Without a path, the target is `*` for OPTIONS without a query (RFC 9112 §3.2.4), otherwise the root.
        if end == target.count {
            let whole = head.method == .options ? "*" : "/"
            return head.setTarget(whole.utf8.span)
        }
        var rooted: [UInt8] = [0x2F]
        rooted.append(copying: target.extracting(end..<target.count))
        return head.setTarget(rooted.span)
    }

    private static func authorityStart(_ target: Span<UInt8>) -> Int? {
        for prefix in ["http://", "https://"] where target.count > prefix.utf8.count {
            let start = prefix.utf8.count
            if target.extracting(first: start).equalsIgnoringCase(prefix.utf8.span) { return start }
        }
        return nil
    }
}
