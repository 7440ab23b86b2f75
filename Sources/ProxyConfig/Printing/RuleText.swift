package import HeaderPolicy

extension Rule {
    /// The rule on one line, close to how it is written.
    package var text: String {
        var text = action.text
        if let presence { text += presence == .absent ? " if absent" : " if present" }
        if let condition { text += " when \(condition.text)" }
        if let earlyHints { text += earlyHints == .always ? " early_hints always" : " early_hints" }
        return text
    }
}

extension Action {
    fileprivate var text: String {
        switch self {
        case .set(let fields): "set \(Self.text(fields))"
        case .add(let fields): "add \(Self.text(fields))"
        case .merge(let fields): "merge \(Self.text(fields))"
        case .remove(let names): "remove \(list(names))"
        case .rename(let renames): "rename " + renames.map { "\($0.from.value) → \($0.to.value)" }.joined(separator: ", ")
        case .edit(let edits):
            "edit " + edits.map { "\($0.name.value): \"\($0.match.value)\" → \"\($0.replace.value)\"" }.joined(separator: ", ")
        case .cors(let policy): "cors\(policy.text)"
        case .cookies(let policy): "cookies\(policy.text)"
        case .stop: "stop"
        }
    }

    private static func text(_ fields: [FieldValue]) -> String {
        fields.map { "\($0.name.value): \($0.value.value)" }.joined(separator: " | ")
    }
}

extension CORSPolicy {
    fileprivate var text: String {
        var text = " allow_origins \(list(allowOrigins))"
        for (name, value) in [("allow_credentials", allowCredentials), ("allow_private_network", allowPrivateNetwork)] {
            if let value { text += " \(name) \(value.value)" }
        }
        text += " allow_methods \(allowMethods.map(list) ?? CORSPolicy.everyMethod.joined(separator: ", "))"
        text += " allow_headers \(allowHeaders.map(list) ?? "echo")"
        if !exposeHeaders.isEmpty { text += " expose_headers \(list(exposeHeaders))" }
        if let maxAge { text += " max_age \(maxAge.value)s" }
        if preflight == .forward { text += " preflight forward" }
        if upstream == .keep { text += " upstream keep" }
        return text
    }
}

extension CookiePolicy {
    fileprivate var text: String {
        var text = names.isEmpty ? "" : " names \(list(names))"
        for (name, value) in [("secure", secure), ("http_only", httpOnly), ("partitioned", partitioned), ("prefix", prefix)] {
            if let value { text += " \(name) \(value.value)" }
        }
        for (name, value) in [("same_site", sameSite), ("path", path), ("domain", domain)] {
            if let value { text += " \(name) \(value.value)" }
        }
        return force ? text + " force" : text
    }
}

extension Condition {
    package var text: String {
        var parts: [String] = []
        let tests = [
            ("method", methods), ("host", hosts), ("path", paths), ("scheme", schemes), ("status", statuses),
            ("content_type", contentTypes), ("source", sources), ("client_ip", clientIPs),
        ]
        for (name, values) in tests where !values.isEmpty { parts.append("\(name) \(list(values))") }
        for test in requestHeaders { parts.append("request_header \(test.text)") }
        for test in responseHeaders { parts.append("response_header \(test.text)") }
        if let sample { parts.append("sample \(sample.text)") }
        for condition in not {
            if let inner = condition.only { parts.append(inner.text) } else { parts.append("not (\(condition.text))") }
        }
        return parts.joined(separator: " and ")
    }

    /// What a condition that does nothing but negate another one negates: see `and`.
    private var only: Condition? {
        let isBare =
            methods.isEmpty && hosts.isEmpty && paths.isEmpty && schemes.isEmpty && statuses.isEmpty && contentTypes.isEmpty
            && sources.isEmpty && clientIPs.isEmpty && requestHeaders.isEmpty && responseHeaders.isEmpty && sample == nil
        return isBare && not.count == 1 ? not[0] : nil
    }
}

extension FieldTest {
    fileprivate var text: String {
        switch test {
        case .absent: "\(name.value) absent"
        case .present: "\(name.value) present"
        case .equals(let values): "\(name.value) equals \(list(values))"
        case .matches(let pattern): "\(name.value) matches \"\(pattern.value)\""
        }
    }
}

extension Sample {
    fileprivate var text: String {
        let number = percent.rounded() == percent ? "\(Int(percent))" : "\(percent)"
        switch key {
        case .clientAddress: return "\(number)%"
        case .cookie(let name): return "\(number)% by cookie \(name)"
        }
    }
}

private func list(_ values: [Located<String>]) -> String {
    values.map(\.value).joined(separator: ", ")
}
