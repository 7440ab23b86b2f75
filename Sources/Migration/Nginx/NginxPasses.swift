import HTTPModel
import ProxyConfig
import ProxyCore

/// Translates where requests go that have not been answered: `proxy_pass`, `grpc_pass`, `try_files`.
extension NginxTranslator {
    mutating func content(_ spot: NginxSpot, _ named: NginxNamed) -> [ImportDraft.Route] {
        let files = spot.content.named("try_files").first
        if let pass = spot.content.first(where: { ["proxy_pass", "grpc_pass"].contains($0.name) }) {
            if let files {
                draft.note("\(files.text): files are not served here; all of it goes to the app", at: files.place, .answer)
            }
            return passed(pass, spot)
        }
        if let pass = spot.content.first(where: { NginxSpot.passes.contains($0.name) }) {
            draft.note(
                "\(pass.text): Letterhead speaks HTTP to apps: run the app under gunicorn, or uwsgi --http-socket",
                at: pass.place,
                .answer)
            return [complete(response(502, spot, "nginx had \(pass.text)"), spot, isProxied: false)]
        }
        if let files, let fallback = files.arguments.last, let target = named.locations[fallback] {
            draft.note("\(files.text): files are not served here; all of it goes to the app", at: files.place, .answer)
            return routes(named: target, from: spot, named.further)
        }
        if files == nil, let target = named.page(404, spot.scope),
            !spot.content.contains(where: { NginxVocabulary.mayAnswer($0.name) })
        {
            draft.note(
                "\(spot.location.text): files are not served here; all of it goes to the app", at: spot.location.place, .answer)
            var inner = spot
            // For other methods, nginx answers 405 before it looks for a file.
            inner.when = spot.when.and(NginxTest(subject: .methods(["GET", "HEAD", "POST"]))) ?? spot.when
            return routes(named: target, from: inner, named.further)
                + [complete(response(405, spot), spot, isProxied: false)]
        }
        if spot.content.contains(where: {
            $0.name == "empty_gif" || $0.name == "stub_status" || $0.name == "flv" || $0.name == "mp4"
        }) {
            draft.note("\(spot.location.text): what nginx makes by itself is not made here", at: spot.location.place, .answer)
            return [complete(response(502, spot, "nginx answered by itself"), spot, isProxied: false)]
        }
        if Self.isRedirected(spot) { return [] }
        return [self.files(spot)]
    }

    /// Returns the routes of a named location, which has settings of its own, but the paths of the location that leads to it.
    mutating func routes(named target: NginxDirective, from spot: NginxSpot, _ named: NginxNamed) -> [ImportDraft.Route] {
        for directive in target.block ?? [] { setting(of: directive) }
        var scope = named.scope.nested(target.block ?? [])
        // Variables that were set on the way keep their values.
        scope.memory = spot.scope.memory.with(referersOf: scope.memory)
        var inner = NginxSpot(target, scope)
        inner.paths = spot.paths
        inner.when = spot.when
        inner.location.arguments = spot.location.arguments
        var routes = answers(inner, named)
        if inner.flow.isAnswered { return routes }
        routes += exceptions(inner)
        if let closed = closed(inner) { return routes + closed }
        guard inner.passes else { return routes + [files(spot)] }
        return routes + addresses(inner) + content(inner, named)
    }

    private mutating func passed(_ pass: NginxDirective, _ spot: NginxSpot) -> [ImportDraft.Route] {
        guard let cases = spot.scope.memory.expand(pass[0]) else { return [untold(pass, spot, "which upstream it is")] }
        return cases.compactMap { one -> ImportDraft.Route? in
            guard let when = spot.when.and(one.when) else { return nil }
            var inner = spot
            inner.when = when.withoutUnknown
            guard when.unknown == nil, let target = NginxTarget(one.value, pass, spot.location) else {
                return untold(pass, inner, "which upstream it is")
            }
            return passed(pass, target, inner)
        }
    }

    private mutating func untold(
        _ pass: NginxDirective, _ spot: NginxSpot, _ what: String, _ advice: String = ""
    ) -> ImportDraft.Route {
        draft.note(
            "\(pass.text): \(what) cannot be told, so these requests are answered 502\(advice)", at: pass.place, .answer)
        return complete(response(502, spot, "nginx had \(pass.text)"), spot, isProxied: false)
    }

    private mutating func passed(_ pass: NginxDirective, _ target: NginxTarget, _ spot: NginxSpot) -> ImportDraft.Route {
        var route = ImportDraft.Route(action: .respond(status: 502, type: nil, body: nil), origin: spot.location.place)
        route.paths = spot.paths
        route.tests = spot.when
        if let fixed = target.fixed { return untold(pass, spot, fixed.what, fixed.advice) }
        if !target.isUnchanged, let rewrite = Self.stripping(spot), let strip = Self.strippedPrefix(rewrite) {
            route.stripPrefix = strip
            if rewrite[0].contains(text: "/?") {
                draft.note("\(rewrite.text): what goes on without a slash keeps its path", at: rewrite.place, .small)
            } else if spot.location[0] == strip || spot.location[1] == strip {
                draft.note("\(rewrite.text): nginx left \(strip) alone as it is; here it becomes /", at: rewrite.place, .small)
            }
        } else if let path = target.path, path != spot.prefix {
            guard let prefix = spot.prefix, let strip = NginxTarget.stripped(prefix, path) else {
                return untold(pass, spot, "another path instead of the client's")
            }
            if !strip.isEmpty { route.stripPrefix = strip }
            if !prefix.hasSuffix("/"), path == "/", spot.location[0] != "=" {
                draft.note(
                    "\(pass.text): behind \(prefix), nginx sent a path with two slashes, and \(prefix)x as /x; here that stays",
                    at: pass.place, .small)
            }
        }
        if target.losesQuery {
            draft.note("\(pass.text): nginx left the query out; here it goes along", at: pass.place, .small)
        }
        let host = hostField(spot.scope, target.authority)
        guard let name = upstream(target.address, host: host, lines: upstreamLines(target, spot.scope), pass) else {
            return untold(pass, spot, "which upstream it is")
        }
        route.action = .upstream(name)
        return complete(route, spot, isProxied: true, target: target, host: host)
    }

    /// Returns the lines for settings that nginx has per location, and Letterhead per upstream.
    private mutating func upstreamLines(_ target: NginxTarget, _ scope: NginxScope) -> [String] {
        var lines: [String] = []
        if let next = scope.single("proxy_next_upstream") {
            if next[0] == "off" {
                lines.append("retries: off")
            } else {
                let more = next.arguments.filter { !["error", "timeout"].contains($0) }
                if !more.isEmpty {
                    draft.note(
                        "\(next.text): a response is never thrown away, and only what is safe is sent again: \(more.joined(separator: " "))",
                        at: next.place, .answer)
                }
            }
        }
        if !lines.contains("retries: off"), let tries = scope.single("proxy_next_upstream_tries").flatMap({ Int($0[0]) }),
            (1...11).contains(tries)
        {
            lines.append(tries == 1 ? "retries: off" : "retries: { attempts: \(tries - 1) }")
        }
        guard target.address.hasPrefix("https://") || target.address.hasPrefix("h2://") else { return lines }
        var keys: [String] = []
        let files = [
            ("ca", "proxy_ssl_trusted_certificate"), ("certificate", "proxy_ssl_certificate"),
            ("key", "proxy_ssl_certificate_key"),
        ]
        for (key, directive) in files {
            if let file = scope.single(directive), !file[0].contains("$") { keys.append("\(key): \(YAMLText.scalar(file[0]))") }
        }
        if let name = scope.single("proxy_ssl_name"), !name[0].contains("$") {
            keys.append("server_name: \(YAMLText.scalar(name[0]))")
        }
        if !keys.isEmpty { lines.append("tls: { \(keys.joined(separator: ", ")) }") }
        if scope.single("proxy_ssl_verify")?[0] != "on" {
            draft.note(
                "\(target.address): its certificate is verified, which nginx did not do: `tls: { verify: false }` leaves it out",
                at: scope.single("proxy_ssl_verify")?.place ?? "", .answer)
        }
        return lines
    }

    /// Returns the `Host` that nginx sends: that of `proxy_pass` unless it is set; nil for the client's.
    private mutating func hostField(_ scope: NginxScope, _ authority: String) -> String? {
        let own = authority.hasPrefix("unix:") ? "localhost" : authority
        guard let set = scope.list("proxy_set_header").last(where: { $0[0].lowercased() == "host" }) else { return own }
        if set[1] == "$server_name", let name = scope.serverName { return name }
        let values = scope.memory.expand(set[1]) ?? []
        if values.count == 1, values[0].when.unknown == nil, let value = values.first?.value {
            if value == "${proxy_host}" { return own }
            if !value.contains("$") { return value }
            let names = ["${host}", "${http_host}"].flatMap { [$0, "\($0):${server_port}"] }
            let note = "\(set.text): nginx left the port off; the app gets the client's Host with it"
            if value == "${host}", !scope.hasUsualPorts, !draft.notes.contains(where: { $0.text == note }) {
                draft.note(note, at: set.place, .small)
            }
            if names.contains(value) { return nil }
        }
        draft.note("\(set.text): the app gets the client's Host instead", at: set.place, .answer)
        return nil
    }
}

/// The value of a `proxy_pass`: `http://host:port/path`, `http://unix:/run/app.sock:/path`, `grpc://host`.
struct NginxTarget {
    /// The address in the form of upstreams: scheme, host and port.
    var address: String
    /// The authority as it is in the directive, without scheme and path.
    var authority: String
    /// The value as it is in the directive, without the path.
    var text: String
    /// The text that replaces the location's prefix; nil leaves the path as it is.
    var path: String?
    /// Whether the variables after the address leave out the query.
    private(set) var losesQuery = false
    /// Whether a `rewrite` before it changes nothing.
    private(set) var isUnchanged = false
    /// The path that the app gets where it does not replace the location's prefix: with a variable, nginx sends it as it is.
    private(set) var fixed: (what: String, advice: String)?

    /// The variables after the address that stand for the request's own target.
    private static let own = [
        "${request_uri}", "${uri}${is_args}${args}", "${uri}?${args}", "${uri}", "${document_uri}${is_args}${args}",
        "/${1}${is_args}${args}", "/${1}?${args}", "/${1}", "${1}${is_args}${args}", "${1}",
    ]

    /// Fails when there are other variables, whose values are not known.
    init?(_ value: String, _ pass: NginxDirective, _ location: NginxDirective) {
        var value = value
        let takesAll =
            ["~", "~*"].contains(location[0]) && ["^/(.*)$", "^/(.*)", "^(.*)$", "^(/.*)$", "^(/.*)"].contains(location[1])
        let suffix = Self.own.first { value.hasSuffix($0) && (takesAll || !$0.contains(text: "${1}")) }
        if let suffix {
            value.removeLast(suffix.count)
            isUnchanged = suffix == "${request_uri}"
            losesQuery = suffix != "${request_uri}" && !suffix.contains(text: "args")
            if value.hasSuffix("/"), suffix.hasPrefix("$") { value.removeLast() }
        }
        guard !value.contains("$") else { return nil }
        let scheme: String
        if let mark = value.range(ofFirst: "://") {
            scheme = String(value[..<mark.lowerBound])
            value = String(value[mark.upperBound...])
        } else {
            guard pass.name == "grpc_pass" else { return nil }
            scheme = "grpc"
        }
        guard let own = ["http": "http", "https": "https", "grpc": "h2c", "grpcs": "h2"][scheme] else { return nil }
        if value.hasPrefix("unix:") {
            let rest = value.dropFirst(5)
            if let colon = rest.firstIndex(of: ":") {
                path = String(rest[rest.index(after: colon)...])
                value = "unix:\(rest[..<colon])"
            }
        } else if let slash = value.firstIndex(of: "/") {
            path = String(value[slash...])
            value = String(value[..<slash])
        }
        if path?.isEmpty == true { path = nil }
        if let path, suffix != nil {
            fixed = ("a path in front of the client's", "; let the app do without \(path)")
        } else if path != nil, pass[0].contains("$") {
            losesQuery = true
            if location[0] != "=" {
                fixed = (
                    "one path for all requests",
                    "; if they keep their own, write `upstream` instead, with `strip_prefix` for what is left off"
                )
            }
        }
        guard !value.isEmpty else { return nil }
        authority = value
        address = "\(own)://\(value)"
        text = "\(scheme)://\(value)"
    }

    /// Returns the prefix to strip so that `path` replaces `prefix`; empty when nothing is to be stripped, nil when more has to
    /// change.
    static func stripped(_ prefix: String, _ path: String) -> String? {
        if prefix == path { return "" }
        if path == "/", !prefix.hasSuffix("/") { return prefix }
        guard prefix.hasSuffix(path), path.hasPrefix("/") else { return nil }
        return String(prefix.dropLast(path.count))
    }
}
