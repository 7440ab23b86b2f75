import HTTPModel

extension Fields {
    /// Whether `Cache-Control` lets shared caches keep the response: it has `public`, `s-maxage` or a `max-age` above 0, and neither
    /// `private` nor `no-store` (RFC 9111 §5.2.2). A `private` with field names speaks of these fields alone. False for a response
    /// that says nothing, though a cache may still guess.
    var mayBeSharedByCaches: Bool {
        var isInvited = false
        var from = 0
        while let line = firstIndex(of: .cacheControl, from: from) {
            from = line + 1
            let value = value(at: line)
            var members = ListMembers()
            while let range = members.next(in: value) {
                let member = value.extracting(range)
                let name = CacheDirective.name(member)
                if member.equalsIgnoringCase("private".utf8.span) || name.equalsIgnoringCase("no-store".utf8.span) {
                    return false
                }
                let isFresh = name.equalsIgnoringCase("max-age".utf8.span) && !member.equalsIgnoringCase("max-age=0".utf8.span)
                if isFresh || name.equalsIgnoringCase("public".utf8.span) || name.equalsIgnoringCase("s-maxage".utf8.span) {
                    isInvited = true
                }
            }
        }
        return isInvited
    }
}
