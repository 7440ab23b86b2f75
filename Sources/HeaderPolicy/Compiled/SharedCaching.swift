import HTTPModel

extension Fields {
    /// Whether `Cache-Control` invites shared caches: it has `public` or `s-maxage`, and neither `private` nor `no-store` (RFC
    /// 9111 §5.2.2). False for a response that says nothing, though a cache may still guess.
    var mayBeSharedByCaches: Bool {
        var isInvited = false
        var from = 0
        while let line = firstIndex(of: .cacheControl, from: from) {
            from = line + 1
            let value = value(at: line)
            var members = ListMembers()
            while let range = members.next(in: value) {
                let member = value.extracting(range)
                var nameEnd = 0
                while nameEnd < member.count, member[nameEnd] != 0x3D { nameEnd += 1 }
                let name = member.extracting(0..<nameEnd)
                if name.equalsIgnoringCase("private".utf8.span) || name.equalsIgnoringCase("no-store".utf8.span) { return false }
                if name.equalsIgnoringCase("public".utf8.span) || name.equalsIgnoringCase("s-maxage".utf8.span) {
                    isInvited = true
                }
            }
        }
        return isInvited
    }
}
