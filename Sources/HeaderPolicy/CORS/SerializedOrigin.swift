/// One origin as a browser writes it into `Origin`, and as `cors` takes it for an exact one.
public enum SerializedOrigin {
    public static func isValid(_ text: String) -> Bool {
        if isOfApp(text) { return true }
        guard let pattern = try? OriginPattern(text) else { return false }
        return pattern.serialized.map { $0.elementsEqual(text.utf8) } ?? false
    }

    /// Whether the text is the origin of an app whose pages have no host, as Electron's do: `app://.`.
    static func isOfApp(_ text: String) -> Bool {
        let scheme = text.utf8.dropLast(4)
        return text.hasSuffix("://.") && !scheme.isEmpty && scheme.allSatisfy(ParsedOrigin.isScheme)
            && !["http", "https", "ws", "wss", "file"].contains { scheme.elementsEqual($0.utf8) }
    }

    /// What to write instead; nil where nothing is near.
    public static func suggestion(for text: String) -> String? {
        do throws(PatternError) {
            return try OriginPattern(text).serialized.map { "write \(String(decoding: $0, as: UTF8.self))" }
        } catch {
            // An expression stands for several.
            return GuessedOrigin.expression(in: text) == nil ? error.suggestion : nil
        }
    }
}
