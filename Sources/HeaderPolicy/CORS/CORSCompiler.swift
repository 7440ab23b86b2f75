import HTTPModel

/// Checks a `cors:` policy and compiles its lines. A policy that browsers would refuse is an error that names the fix.
struct CORSCompiler {
    private(set) var errors: [PolicyError] = []
    private(set) var warnings: [PolicyError] = []

    private var patterns: [OriginPattern] = []
    /// Origins without a host, which are only compared as a whole.
    private var origins: [[UInt8]] = []
    private var regexes: [LinearRegex] = []

    mutating func compile(_ policy: CORSPolicy) -> CompiledCORS {
        var compiled = CompiledCORS()
        let hasCredentials = policy.allowCredentials?.value ?? false
        if policy.allowOrigins.isEmpty {
            refuse("`cors` allows no origin", policy.location, "list them in `allow_origins`, or remove the rule")
        }
        for origin in policy.allowOrigins { add(origin, to: &compiled, hasCredentials) }
        let credentials = hasCredentials ? "true" : nil
        let exposed = list(policy.exposeHeaders, "expose_headers", hasCredentials, "list the headers")
        compiled.others = Block([(.accessControlAllowCredentials, credentials), (.accessControlExposeHeaders, exposed)])
        let methods = methods(policy, hasCredentials)
        let names = policy.allowHeaders ?? [Located("echo", at: policy.location)]
        compiled.echoesHeaders = names.contains { $0.value == "echo" }
        if compiled.echoesHeaders, names.count > 1, let first = names.first {
            refuse("`echo` allows every header, so it stands alone", first.location, "remove the other names, or `echo`")
        }
        let allowed = list(names.filter { $0.value != "echo" }, "allow_headers", hasCredentials, "write `echo`")
        compiled.preflight = Block([
            (.accessControlAllowCredentials, credentials), (.accessControlAllowMethods, methods),
            (.accessControlAllowHeaders, allowed),
        ])
        compiled.preflightEnd = Block([(.accessControlMaxAge, maxAge(policy.maxAge))])
        if policy.allowPrivateNetwork?.value ?? false {
            compiled.privateNetwork = Block([(.accessControlAllowPrivateNetwork, "true")])
        }
        index(into: &compiled)
        compiled.answersAtEdge = policy.preflight == .edge
        compiled.keepsUpstream = policy.upstream == .keep
        return compiled
    }

    /// Builds the indexes that find an origin without looking at all the others.
    private func index(into compiled: inout CompiledCORS) {
        var exact: [TextTable.Key: Int] = [:]
        for origin in Set(patterns.compactMap(\.serialized) + origins) {
            var answer = Block([(.accessControlAllowOrigin, String(decoding: origin, as: UTF8.self))])
            answer.append(compiled.others)
            exact[TextTable.Key(scope: 0, text: origin)] = compiled.answers.count
            compiled.answers.append(Shared(answer))
        }
        compiled.exact = TextTable(exact)
        var hosts: [[UInt8]: Int] = [:]
        for (host, found) in Dictionary(grouping: patterns, by: \.hostWithoutClosingDot) {
            hosts[host] = compiled.patternsOfHost.count
            let start = compiled.patterns.count
            compiled.patterns += found
            compiled.patternsOfHost.append(start..<compiled.patterns.count)
        }
        compiled.hosts = HostIndex(hosts)
        compiled.regexes = RegexSet(regexes)
    }

    private mutating func refuse(
        _ message: String, _ location: SourceLocation, _ suggestion: String? = nil, code: String? = nil
    ) {
        errors.append(PolicyError(message, at: location, suggestion: suggestion, code: code))
    }

    private mutating func add(_ origin: Located<String>, to compiled: inout CompiledCORS, _ hasCredentials: Bool) {
        switch origin.value {
        case "*":
            compiled.allowsAny = true
            if hasCredentials {
                refuse(
                    "`*` with `allow_credentials: true` is refused by every browser", origin.location,
                    "list the origins, or remove `allow_credentials`")
            }
        case "null":
            compiled.allowsNull = true
            if hasCredentials {
                warnings.append(
                    PolicyError(
                        "`null` with `allow_credentials: true` lets any page in a sandboxed frame act as the user",
                        at: origin.location, suggestion: "list the origins"))
            }
        case let text where SerializedOrigin.isOfApp(text): origins.append(Array(text.utf8))
        case let text where text.hasPrefix("regex:"):
            do throws(RegexError) {
                let pattern = String(text.dropFirst(6))
                let regex = try LinearRegex(pattern, anchored: true)
                regexes.append(regex)
                if let problem = OriginExpression.problem(pattern, regex) { errors.append(problem.located(at: origin.location)) }
            } catch {
                refuse("the regular expression \"\(text.dropFirst(6))\" is not valid: \(error)", origin.location)
            }
        case let text:
            do throws(PatternError) {
                let pattern = try OriginPattern(text)
                patterns.append(pattern)
                if pattern.isAnySite {
                    refuse(
                        "strangers have their sites below \"\(text.drop { $0 != "*" }.dropFirst(2))\", and all of them could read the answers",
                        origin.location, "list the names that are yours", code: "LH130")
                }
            } catch {
                errors.append(error.located(at: origin.location))
            }
        }
    }

    private mutating func methods(_ policy: CORSPolicy, _ hasCredentials: Bool) -> String {
        var names = policy.allowMethods == nil ? policy.openMethods : []
        for method in policy.allowMethods ?? [] {
            if method.value == "*" {
                refuseStar("allow_methods", method.location, hasCredentials, "list the methods")
            } else if SafeLists.isForbidden(method: method.value) {
                refuse("browsers never send \(method.value) for a page", method.location, "remove it")
            } else if case .failure(let error) = MethodName.check(method.value) {
                errors.append(error.located(at: method.location))
            }
            if !names.contains(method.value) { names.append(method.value) }
        }
        return names.isEmpty ? "GET, HEAD, POST" : names.joined(separator: ", ")
    }

    /// Returns the names as one value; nil when there are none.
    private mutating func list(
        _ names: [Located<String>], _ key: String, _ hasCredentials: Bool, _ fix: String
    ) -> String? {
        for name in names {
            if name.value == "*" {
                refuseStar(key, name.location, hasCredentials, fix)
            } else if !Fields.isName(name.value.utf8.span) {
                errors.append(FieldNameProblem.of(name.value).located(at: name.location))
            }
        }
        return names.isEmpty ? nil : names.map(\.value).joined(separator: ", ")
    }

    private mutating func refuseStar(
        _ key: String, _ location: SourceLocation, _ hasCredentials: Bool, _ fix: String
    ) {
        guard hasCredentials else { return }
        refuse(
            "`*` in `\(key)` with `allow_credentials: true` means a literal star to browsers, not everything", location,
            "\(fix), or remove `allow_credentials`")
    }

    private mutating func maxAge(_ age: Located<Int>?) -> String? {
        guard let age else { return nil }
        guard age.value >= 0 else {
            refuse("`max_age` may not be negative", age.location, "write 0 to ask before every request")
            return nil
        }
        if age.value > 86_400 {
            warnings.append(
                PolicyError(
                    "`max_age` is longer than browsers remember: Firefox caps it at 24 hours, Chromium at 2", at: age.location,
                    suggestion: "write at most 24h"))
        }
        return String(age.value)
    }
}
