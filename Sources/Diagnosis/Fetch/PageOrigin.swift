import HTTPModel
import HeaderPolicy

/// The origin of a page as browsers write it: scheme, host and port, or `null`.
package enum PageOrigin {
    /// Whether a browser can send this.
    package static func isValid(_ text: String) -> Bool {
        text == "null" || WebURL(text)?.origin == text && !text.contains("*")
    }

    /// What to write instead of a text that is no origin.
    package static func help(_ text: String) -> String {
        guard !text.contains("*") else { return "it is that of one page, and has no wildcard" }
        let meant =
            WebURL(text) ?? (text.contains(text: "://") ? nil : WebURL("\(GuessedOrigin.scheme(of: text))://\(text)"))
        return meant.map { "write \($0.origin)" } ?? "write one such as https://app.example"
    }
}
