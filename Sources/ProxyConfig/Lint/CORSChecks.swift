import HeaderPolicy

extension Linter {
    mutating func checkCORS(_ rules: [Rule]) {
        var last: Rule?
        for rule in rules {
            switch rule.action {
            case .cors(let policy):
                check(policy)
                if rule.isUnconditional, let earlier = last, earlier.location != rule.location {
                    warn(
                        .corsTwice, "this `cors` is of no effect: the one on line \(rule.location.line) replaces its answer",
                        at: earlier.location, "leave one out, or give the later one a `when`")
                }
                last = rule
            default:
                for field in rule.writtenFields { checkByHand(field) }
            }
        }
    }

    private mutating func checkByHand(_ field: FieldValue) {
        guard field.name.value.lowercased().hasPrefix("access-control-") else { return }
        if field.value.value.lowercased().contains("{request.header.origin}") {
            return warn(
                .reflectedOrigin, "every origin is allowed: this says back what the client sent", at: field.value.location,
                "write `cors: { allow_origins: [...] }` with the origins that are meant")
        }
        warn(
            .corsByHand, "\(field.name.value) belongs to CORS, which answers for all of these fields together",
            at: field.name.location, "write a `cors` rule instead")
    }

    private mutating func check(_ policy: CORSPolicy) {
        let hasCredentials = policy.allowCredentials?.value ?? false
        for origin in policy.allowOrigins { check(origin, hasCredentials) }
        if let star = policy.allowHeaders.first(where: { $0.value == "*" }),
            !policy.allowHeaders.contains(where: { $0.value.lowercased() == "authorization" })
        {
            warn(
                .starWithoutAuthorization, "`*` in `allow_headers` does not cover Authorization", at: star.location,
                "write `allow_headers: [\"*\", Authorization]` if pages send it")
        }
        for name in policy.exposeHeaders where SafeLists.isSecret(name.value) {
            warn(
                .safelistedExpose, "no page ever reads \(name.value), exposed or not", at: name.location, "leave it out")
        }
        for name in policy.exposeHeaders where SafeLists.isReadable(name.value) {
            warn(
                .safelistedExpose, "pages read \(name.value) without `expose_headers`", at: name.location, "leave it out")
        }
    }

    private mutating func check(_ origin: Located<String>, _ hasCredentials: Bool) {
        let text = origin.value
        if text == "null" {
            warn(
                .nullOrigin, "`null` is the origin of every sandboxed frame, whoever made it", at: origin.location,
                "list the origins that are meant")
        }
        if text.hasPrefix("regex:") {
            let pattern = Array(text.dropFirst(6))
            let isLoose = pattern.indices.contains { index in
                guard pattern[index] == ".", index > 0, pattern[index - 1] != "\\" else { return false }
                guard index + 1 < pattern.count else { return true }
                let isRun = ["*", "+", "?", "{"].contains(pattern[index + 1])
                return isRun ? !pattern[..<index].contains("\\") : pattern[index + 1].isLetter && pattern[index - 1].isLetter
            }
            if isLoose {
                warn(
                    .looseOriginPattern, "a bare `.` in an origin's pattern matches any character, and so other people's names",
                    at: origin.location, "write `\\.` for a dot, and `[a-z0-9-]+` for a label")
            }
        } else if hasCredentials, text.hasPrefix("http://"), let url = WebURL(text.replacing(":*", with: "").replacing("*", with: "x")),
            !url.isLoopback
        {
            warn(
                .httpOriginWithCredentials,
                "whoever sits on the wire can be \(text): a page that came without TLS acts with the user's credentials",
                at: origin.location, "write https://")
        }
    }
}
