import HTTPModel
import HeaderPolicy

/// The origin of a page as browsers write it: scheme, host and port, or `null`.
package enum PageOrigin {
    /// Whether a browser can send this; an app of its own may have a scheme of its own, as in `capacitor://localhost`.
    package static func isValid(_ text: String) -> Bool { text == "null" || SerializedOrigin.isValid(text) }

    /// What to write instead of a text that is no origin.
    package static func help(_ text: String) -> String {
        guard !text.contains("*") else { return "it is that of one page, and has no wildcard" }
        let meant =
            WebURL(text) ?? (text.contains(text: "://") ? nil : WebURL("\(GuessedOrigin.scheme(of: text))://\(text)"))
        let text = meant?.origin ?? text
        if isValid(text) { return "write \(text)" }
        let suggestion = text.contains(text: "://") ? SerializedOrigin.suggestion(for: text) : nil
        return suggestion ?? "write one such as https://app.example"
    }
}
