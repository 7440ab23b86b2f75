import HTTPModel
package import HeaderPolicy
package import ProxyCore

/// The effective configuration for people: `check --print`.
package enum EffectivePolicy {
    /// Returns the settings, then for each route the rules that its exchanges go through, numbered in the order in which they
    /// run, each with its scope and the place where it was written. The text ends with a newline.
    package static func describe(_ configuration: Configuration) -> String {
        var lines = settings(configuration).map(\.line)
        for (index, route) in configuration.routes.enumerated() {
            lines.append("")
            lines.append("route \(index + 1): \(describe(route))  [\(place(route.location))]")
            let listeners = configuration.listeners.filter(\.hasRules)
            // A listener without rules of its own adds nothing, so all such listeners are shown once.
            let isShared = listeners.count < configuration.listeners.count
            if isShared || configuration.listeners.isEmpty { lines += rules(configuration, nil, route, "  ") }
            for listener in listeners {
                if configuration.listeners.count > 1 { lines.append("  on \(listener.bind.value)") }
                lines += rules(configuration, listener, route, configuration.listeners.count > 1 ? "    " : "  ")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Returns what is set beside the rules and routes, in the order in which it is printed.
    package static func settings(_ configuration: Configuration) -> [Setting] {
        var settings = configuration.listeners.enumerated().map { number, listener in
            let protocols = listener.proxyProtocol ? ["proxy_protocol"] : []
            return Setting("listener", of: "\(number + 1)", ["\(listener.bind.value)"] + protocols + tls(of: listener))
        }
        settings.append(Setting("admin", [configuration.admin.map { "\($0.value)" } ?? "off"]))
        settings.append(Setting("workers", [configuration.workers.map(String.init) ?? "one per core"]))
        settings.append(Setting("access_log", [configuration.accessLog.rawValue]))
        settings += configuration.upstreams.map { Setting("upstreams", of: $0.name, parts($0)) }
        let proxies = configuration.trustedProxies.map { text($0.value) }
        settings.append(Setting("trusted_proxies", proxies.isEmpty ? ["none"] : proxies))
        if !configuration.forwardingFields.isEmpty {
            settings.append(Setting("forwarding_fields", configuration.forwardingFields))
        }
        if configuration.via != Configuration().via { settings.append(Setting("via", [configuration.via ?? "off"])) }
        settings.append(Setting("request_id", [configuration.requestID.accept?.value ?? "[A-Za-z0-9_-]{8,64}"]))
        settings += debugging(configuration)
        settings.append(Setting("limits", parts(configuration.limits)))
        settings.append(Setting("timeouts", parts(configuration.timeouts)))
        return settings
    }

    /// Returns what is set for a route alone, and that no response shows.
    ///
    /// - Parameter name: what identifies the route.
    package static func settings(_ route: Route, _ name: String) -> [Setting] {
        var settings = [
            Setting("limits", of: name, requestBody(route)), Setting("timeouts", of: name, parts(route.timeouts)),
        ]
        if case .reports(let collector) = route.action { settings.append(Setting("reports", of: name, parts(collector))) }
        return settings.filter { !$0.parts.isEmpty }
    }

    private static func requestBody(_ route: Route) -> [String] {
        route.requestBody.map { ["request_body \($0 == 0 ? "none" : Quantity.text(bytes: $0))"] } ?? []
    }

    private static func parts(_ collector: ReportCollector) -> [String] {
        ["rate \(collector.rate)", "total_rate \(collector.totalRate)", "body \(Quantity.text(bytes: collector.body))"]
    }

    private static func parts(_ upstream: Upstream) -> [String] {
        var parts = [upstream.scheme.rawValue, upstream.servers.map(UpstreamText.describe).joined(separator: ", ")]
        parts += UpstreamText.parts(upstream)
        if let host = upstream.host { parts.append("host \(host)") }
        parts += Self.parts(upstream.timeouts)
        if upstream.maxConnections > 0 { parts.append("max_connections \(upstream.maxConnections)") }
        parts.append("max_pending \(upstream.maxPending)")
        parts.append(upstream.scheme.isHTTP2 ? "max_streams \(upstream.maxStreams)" : "max_idle \(upstream.maxIdle)")
        return parts + (upstream.tls.map(Self.parts) ?? [])
    }

    private static func parts(_ tls: UpstreamTLS) -> [String] {
        var parts = [tls.verifies ? "ca \(tls.authorities?.value ?? "of the system")" : "certificates not verified"]
        if let name = tls.serverName { parts.append("server_name \(name)") }
        if let certificate = tls.certificate { parts.append("certificate \(certificate.value)") }
        if let key = tls.key { parts.append("key \(key.value)") }
        return parts + ["minimum_version \(tls.minimumVersion.rawValue)"]
    }

    private static func parts(_ timeouts: TimeoutOverrides) -> [String] {
        [
            ("connect", timeouts.connect), ("response", timeouts.response), ("event_stream", timeouts.eventStream),
            ("idle", timeouts.idle),
        ].compactMap { name, value in value.map { "\(name) \(Quantity.text(milliseconds: $0))" } }
    }

    private static func parts(_ limits: Limits) -> [String] {
        let sizes: [(LimitKey, Int)] = [
            (.requestTarget, limits.message.target), (.requestHeaders, limits.message.headerBytes),
            (.requestBody, limits.requestBody), (.trailers, limits.message.trailerBytes),
            (.chunkExtensions, limits.message.chunkExtensions), (.bodyBuffer, limits.bodyBuffer),
            (.requestBodyRate, limits.requestBodyRate),
        ]
        let memory = limits.memory.map { $0 == 0 ? "none" : Quantity.text(bytes: $0) } ?? "auto"
        let counts: [(LimitKey, Int)] = [
            (.headerCount, limits.message.headerCount), (.streams, limits.streams), (.connections, limits.connections),
            (.connectionsPerClient, limits.connectionsPerClient), (.tunnels, limits.tunnels),
            (.requestsPerConnection, limits.requestsPerConnection),
        ]
        return sizes.map { "\($0.0.rawValue) \($0.1 == 0 ? "none" : Quantity.text(bytes: $0.1))" }
            + ["\(LimitKey.memory.rawValue) \(memory)"]
            + counts.map { "\($0.0.rawValue) \($0.1 == 0 ? "none" : "\($0.1)")" }
    }

    private static func parts(_ timeouts: Timeouts) -> [String] {
        var values: [(TimeoutKey, Int)] = [
            (.connect, timeouts.connect), (.response, timeouts.response), (.idle, timeouts.idle),
            (.handshake, timeouts.handshake),
            (.requestHead, timeouts.requestHead), (.requestBody, timeouts.requestBody), (.write, timeouts.write),
            (.halfClose, timeouts.halfClose),
            (.upstreamIdle, timeouts.upstreamIdle), (.tunnel, timeouts.tunnel), (.drain, timeouts.drain),
            (.exchange, timeouts.exchange),
        ]
        // This is of interest to few apps, and most of those are content with the default.
        if timeouts.eventStream != Timeouts().eventStream { values.append((.eventStream, timeouts.eventStream)) }
        return values.map { "\($0.0.rawValue) \($0.1 == 0 ? "none" : Quantity.text(milliseconds: $0.1))" }
    }

    package static func describe(_ route: Route) -> String {
        var parts: [String] = []
        let tests = [
            ("listener", route.listeners), ("host", route.hosts), ("path", route.paths), ("method", route.methods),
        ]
        for (name, values) in tests where !values.isEmpty {
            parts.append("\(name) \(values.map(\.value).joined(separator: ", "))")
        }
        if let condition = route.condition { parts.append("when \(condition.text)") }
        if parts.isEmpty { parts.append("everything") }
        switch route.action {
        case .upstream(let name): parts.append("→ upstream \(name)")
        case .respond(let response):
            parts.append("→ respond \(response.status.rawValue)")
            if let type = response.contentType { parts.append(type) }
            if !response.body.isEmpty { parts.append("\(response.body.count) bytes") }
        case .redirect(let redirect): parts.append("→ redirect \(redirect.status.rawValue) \(redirect.to.value)")
        case .reports(let collector): parts += ["→ reports"] + Self.parts(collector)
        }
        if let prefix = route.stripPrefix { parts.append("strip_prefix \(prefix)") }
        return (parts + requestBody(route) + Self.parts(route.timeouts)).joined(separator: " ")
    }

    private static func rules(_ configuration: Configuration, _ listener: Listener?, _ route: Route, _ indent: String) -> [String]
    {
        let stages = [
            ("request", [configuration.requestHeaders, listener?.requestHeaders ?? [], route.requestHeaders]),
            ("response", [configuration.responseHeaders, listener?.responseHeaders ?? [], route.responseHeaders]),
        ]
        var lines: [String] = []
        for (stage, scopes) in stages {
            guard scopes.contains(where: { !$0.isEmpty }) else {
                lines.append("\(indent)\(stage): no rules")
                continue
            }
            lines.append("\(indent)\(stage):")
            var number = 0
            for (scope, rules) in zip(["global", "listener", "route"], scopes) {
                for rule in rules {
                    number += 1
                    lines.append("\(indent)  \(number). \(rule.text)  [\(origin(rule, scope))]")
                }
            }
        }
        return lines
    }

    package static func origin(_ rule: Rule, _ scope: String) -> String {
        var parts = [scope, place(rule.location)]
        switch rule.origin {
        case .configuration: break
        case .preset(let name): parts.append("preset \(name)")
        case .policy(let name): parts.append("policy \(name)")
        }
        if let name = rule.name { parts.append("“\(name)”") }
        return parts.joined(separator: ", ")
    }

    package static func place(_ location: SourceLocation) -> String { "\(location.file):\(location.line)" }

    static func text(_ block: CIDR) -> String {
        if block == .unixPeers { return "unix" }
        let base = block.base
        if base.isV4, block.prefix >= 96 { return String(decoding: base.text, as: UTF8.self) + "/\(block.prefix - 96)" }
        let words = (0..<8).map { index in
            let half = index < 4 ? base.high : base.low
            return String(half >> UInt64(48 - 16 * (index % 4)) & 0xFFFF, radix: 16)
        }
        return words.joined(separator: ":") + "/\(block.prefix)"
    }
}
