/// Checks the value of Permissions-Policy (W3C): a structured dictionary from features to allowlists.
enum PermissionsPolicy {
    static let features = [
        "accelerometer", "all-screens-capture", "ambient-light-sensor", "attribution-reporting", "aria-notify", "autoplay",
        "battery", "bluetooth", "browsing-topics", "camera", "captured-surface-control", "clipboard-read", "clipboard-write",
        "compute-pressure", "controlled-frame", "cross-origin-isolated", "deferred-fetch", "deferred-fetch-minimal",
        "digital-credentials-get", "direct-sockets", "display-capture", "document-domain", "encrypted-media",
        "execution-while-not-rendered", "execution-while-out-of-viewport", "fullscreen", "gamepad", "geolocation",
        "gyroscope", "hid", "identity-credentials-get", "idle-detection", "interest-cohort", "join-ad-interest-group",
        "keyboard-lock", "keyboard-map", "language-detector", "language-model", "local-fonts", "local-network-access",
        "magnetometer", "media-playback-while-not-visible", "microphone", "midi", "mouse-lock-unadjusted", "otp-credentials",
        "payment", "picture-in-picture", "popins", "private-aggregation", "private-state-token-issuance",
        "private-state-token-redemption", "publickey-credentials-create", "publickey-credentials-get", "rewriter",
        "run-ad-auction", "screen-wake-lock", "serial", "shared-storage", "shared-storage-select-url", "smart-card",
        "speaker-selection", "storage-access", "sub-apps", "summarizer", "sync-xhr", "translator", "unload", "usb",
        "usb-unrestricted",
        "vertical-scroll", "web-share", "window-management", "window-placement", "writer", "xr-spatial-tracking",
    ]

    static func check(_ value: String) throws(PatternError) {
        let members: [(key: String, member: StructuredField.Member)]
        do throws(PatternError) {
            members = try StructuredField.dictionary(value)
        } catch {
            if let rewritten = rewrite(featurePolicy: value) {
                throw PatternError(
                    "browsers ignore this whole Permissions-Policy: it is in the syntax of the former Feature-Policy",
                    suggestion: "write \(rewritten)")
            }
            throw PatternError(
                "browsers ignore this whole Permissions-Policy: \(error.message)",
                suggestion: "write features as in camera=(), geolocation=(self \"https://a.example\")")
        }
        if members.isEmpty { throw PatternError("the policy names no feature", suggestion: "write one such as camera=()") }
        var seen = Set<String>()
        for (key, member) in members {
            try check(feature: key)
            guard seen.insert(key).inserted else {
                throw PatternError("browsers ignore all but the last `\(key)`", suggestion: "put its origins into one list")
            }
            switch member {
            case .item(let item): try check(item.bare, of: key)
            case .inner(let items, _): for item in items { try check(item.bare, of: key) }
            }
        }
    }

    /// Refuses a feature that is almost a known one, as a slip. An unknown feature otherwise may be new.
    static func check(feature: String) throws(PatternError) {
        guard !features.contains(feature), !feature.hasPrefix("ch-"),
            let near = Suggestion.nearest(to: feature, among: features), near.first == feature.first,
            abs(near.count - feature.count) <= 1
        else { return }
        throw PatternError("browsers know no feature `\(feature)`", suggestion: "did you mean \(near)?")
    }

    private static func check(_ value: StructuredField.Bare, of feature: String) throws(PatternError) {
        switch value {
        case .token("*"), .token("self"): return
        case .token("none"):
            throw PatternError("browsers take `none` for `\(feature)` as nothing they know", suggestion: "write \(feature)=()")
        case .token(let word):
            throw PatternError(
                "browsers ignore `\(word)` for `\(feature)`", suggestion: "write self, *, or an origin in double quotes")
        case .string(let origin):
            guard OriginList.isOrigin(origin, takesWildcard: true) else {
                throw PatternError(
                    "\"\(origin)\" for `\(feature)` is not an origin", suggestion: "write it as \"https://a.example\"")
            }
        case .integer, .decimal, .bytes, .boolean, .date, .displayString:
            throw PatternError(
                "browsers ignore `\(feature)` without an allowlist",
                suggestion: "write \(feature)=(), \(feature)=(self) or \(feature)=*")
        }
    }

    /// Returns `camera 'none'; geolocation 'self' https://a.example` in today's syntax; nil when the value is not of that form.
    private static func rewrite(featurePolicy value: String) -> String? {
        var features: [String] = []
        for directive in value.split(whereSeparator: { $0 == ";" || $0 == "," }) {
            let words = directive.split(separator: " ").map(String.init)
            guard let feature = words.first, words.count > 1, !directive.contains(where: { "=()\"".contains($0) }) else {
                return nil
            }
            let list = words.dropFirst().compactMap { word -> String? in
                switch word.lowercased() {
                case "'none'", "none": nil
                case "'self'", "self": "self"
                // It was for the attribute `allow` of a frame.
                case "'src'", "src": nil
                case "*": "*"
                default: "\"\(word)\""
                }
            }
            features.append(list == ["*"] ? "\(feature)=*" : "\(feature)=(\(list.joined(separator: " ")))")
        }
        return features.isEmpty ? nil : features.joined(separator: ", ")
    }
}
