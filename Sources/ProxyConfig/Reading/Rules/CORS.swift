import HeaderPolicy

extension Reading {
    /// `cors:`
    func cors(_ node: Node, _ keyPlace: Place) -> CORSPolicy? {
        guard let table = Table<CORSKey>(node, self, for: "`cors`") else { return nil }
        var policy = CORSPolicy(location: location(keyPlace))
        for key in table.keys {
            guard let node = table[key] else { continue }
            let name = "`\(key.rawValue)`"
            switch key {
            // Without quotes, YAML reads the origin `null` as no value.
            case .allowOrigins: policy.allowOrigins = node.isNull ? [] : texts(node, for: name)
            case .allowCredentials: policy.allowCredentials = bool(node, for: name)
            case .allowMethods: policy.allowMethods = texts(node, for: name)
            case .allowHeaders: policy.allowHeaders = texts(node, for: name)
            case .exposeHeaders: policy.exposeHeaders = texts(node, for: name)
            case .maxAge: policy.maxAge = seconds(node, for: name)
            case .allowPrivateNetwork: policy.allowPrivateNetwork = bool(node, for: name)
            case .preflight: policy.preflight = word(node, for: name, PreflightWord.self) == .forward ? .forward : .edge
            case .upstream: policy.upstream = word(node, for: name, UpstreamWord.self) == .keep ? .keep : .replace
            case .shadow: break  // Read with the rule.
            }
        }
        guard table[.allowOrigins] != nil else {
            error("`cors` needs `allow_origins`", at: keyPlace, help: "write `allow_origins: [https://app.example]`")
            return nil
        }
        // If an origin could not be read, it may only seem that there are none.
        guard let origins = table[.allowOrigins], !origins.isSpoiled else { return nil }
        return origins.isNull && text(origins, for: "`allow_origins`") == nil ? nil : policy
    }

    private func seconds(_ node: Node, for name: String) -> Located<Int>? {
        guard let value = duration(node, for: name, bareUnit: 1_000) else { return nil }
        guard value.value % 1_000 == 0 else {
            error("\(name) is in whole seconds", at: node.place)
            return nil
        }
        return Located(value.value / 1_000, at: value.location)
    }

    /// `cookies:`
    func cookies(_ node: Node, _ keyPlace: Place) -> CookiePolicy? {
        guard let table = Table<CookieKey>(node, self, for: "`cookies`") else { return nil }
        var policy = CookiePolicy(location: location(keyPlace))
        for key in table.keys {
            guard let node = table[key] else { continue }
            let name = "`\(key.rawValue)`"
            switch key {
            case .names: policy.names = texts(node, for: name)
            case .secure: policy.secure = bool(node, for: name)
            case .httpOnly: policy.httpOnly = bool(node, for: name)
            case .sameSite where node.isNull:
                error("\(name) has no value: `null` is nothing in YAML", at: node.place, help: "write `None`")
            case .sameSite: policy.sameSite = text(node, for: name)
            case .partitioned: policy.partitioned = bool(node, for: name)
            case .path: policy.path = text(node, for: name)
            case .domain: policy.domain = text(node, for: name)
            case .prefix: policy.prefix = bool(node, for: name)
            case .force: policy.force = bool(node, for: name)?.value ?? false
            case .remove: policy.remove = bool(node, for: name)
            case .shadow: break  // Read with the rule.
            }
        }
        if node.isEmpty || table.keys == [.shadow] {
            error("`cookies` asks for nothing", at: keyPlace, help: "write `cookies: { secure: true, http_only: true }`")
        }
        return policy
    }
}

private enum PreflightWord: String, CaseIterable { case edge, forward }
private enum UpstreamWord: String, CaseIterable { case replace, keep }
