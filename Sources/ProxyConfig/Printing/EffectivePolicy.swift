import HTTPModel
package import HeaderPolicy
package import ProxyCore

/// The effective configuration for people: `check --print`.
package enum EffectivePolicy {
    /// Returns the settings, then for each route the rules that its exchanges go through, numbered in the order in which they
    /// run, each with its scope and the place where it was written. The text ends with a newline.
    package static func describe(_ configuration: Configuration) -> String {
        var lines = settings(configuration)
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

    private static func settings(_ configuration: Configuration) -> [String] {
        var lines: [String] = []
        for listener in configuration.listeners {
            lines.append(
                "listen \(listener.bind.value)\(listener.proxyProtocol ? " proxy_protocol" : "")\(describeTLS(listener))")
        }
        lines.append("admin \(configuration.admin.map { "\($0.value)" } ?? "off")")
        lines.append("workers \(configuration.workers.map(String.init) ?? "one per core")")
        lines.append("access_log \(configuration.accessLog.rawValue)")
        for upstream in configuration.upstreams { lines.append(describe(upstream)) }
        let proxies = configuration.trustedProxies.map(text)
        lines.append("trusted_proxies \(proxies.isEmpty ? "none" : proxies.joined(separator: ", "))")
        if !configuration.forwardingFields.isEmpty {
            lines.append("forwarding_fields \(configuration.forwardingFields.joined(separator: ", "))")
        }
        if configuration.via != Configuration().via { lines.append("via \(configuration.via ?? "off")") }
        lines.append("request_id \(configuration.requestID.accept?.value ?? "[A-Za-z0-9_-]{8,64}")")
        lines += describeDebugging(configuration)
        lines.append("limits \(describe(configuration.limits))")
        lines.append("timeouts \(describe(configuration.timeouts))")
        return lines
    }

    private static func describe(_ upstream: Upstream) -> String {
        var text = "upstream \(upstream.name): \(upstream.scheme.rawValue) "
        text += upstream.servers.map(UpstreamText.describe).joined(separator: ", ")
        text += UpstreamText.describe(upstream)
        if let host = upstream.host { text += " host \(host)" }
        text += describe(upstream.timeouts)
        if upstream.maxConnections > 0 { text += " max_connections \(upstream.maxConnections)" }
        text += " max_pending \(upstream.maxPending)"
        text += upstream.scheme.isHTTP2 ? " max_streams \(upstream.maxStreams)" : " max_idle \(upstream.maxIdle)"
        return text + describe(upstream.tls)
    }

    private static func describe(_ tls: UpstreamTLS?) -> String {
        guard let tls else { return "" }
        var text = tls.verifies ? " ca \(tls.authorities?.value ?? "of the system")" : " certificates not verified"
        if let name = tls.serverName { text += " server_name \(name)" }
        if let certificate = tls.certificate { text += " certificate \(certificate.value)" }
        if let key = tls.key { text += " key \(key.value)" }
        return text + " minimum_version \(tls.minimumVersion.rawValue)"
    }

    private static func describe(_ timeouts: TimeoutOverrides) -> String {
        var text = ""
        for (name, value) in [
            ("connect", timeouts.connect), ("response", timeouts.response), ("event_stream", timeouts.eventStream),
            ("idle", timeouts.idle),
        ] {
            if let value { text += " \(name) \(Quantity.text(milliseconds: value))" }
        }
        return text
    }

    private static func describe(_ limits: Limits) -> String {
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
        let texts =
            sizes.map { "\($0.0.rawValue) \($0.1 == 0 ? "none" : Quantity.text(bytes: $0.1))" }
            + ["\(LimitKey.memory.rawValue) \(memory)"]
            + counts.map { "\($0.0.rawValue) \($0.1 == 0 ? "none" : "\($0.1)")" }
        return texts.joined(separator: ", ")
    }

    private static func describe(_ timeouts: Timeouts) -> String {
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
        return values.map { "\($0.0.rawValue) \($0.1 == 0 ? "none" : Quantity.text(milliseconds: $0.1))" }.joined(separator: ", ")
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
        case .reports(let collector):
            parts.append(
                "→ reports rate \(collector.rate) total_rate \(collector.totalRate) body \(Quantity.text(bytes: collector.body))")
        }
        if let prefix = route.stripPrefix { parts.append("strip_prefix \(prefix)") }
        if let limit = route.requestBody { parts.append("request_body \(limit == 0 ? "none" : Quantity.text(bytes: limit))") }
        return parts.joined(separator: " ") + describe(route.timeouts)
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
