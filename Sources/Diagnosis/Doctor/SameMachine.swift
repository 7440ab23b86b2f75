import HTTPModel
import HeaderPolicy

/// Two addresses of this machine that browsers take for two sites: cookies go from one to the other only with SameSite=None and
/// Secure, and no header says why.
enum SameMachine {
    /// Returns a note if the page sends credentials between two such addresses.
    static func note(_ question: DoctorQuestion) -> String? {
        let url = question.url
        guard question.credentials == .include, let page = WebURL(question.origin),
            [page.host, url.host].allSatisfy({ LocalNetwork.Space(host: $0) == .machine })
        else { return nil }
        let isOneScheme = page.scheme == url.scheme
        guard !isOneScheme || PublicSuffix.site(of: page.host) != PublicSuffix.site(of: url.host) else { return nil }
        let advice =
            isOneScheme
            ? "Open the page as \(question.origin.replacing(page.host, by: url.host)), or let it ask "
                + "\(url.origin.replacing(url.host, by: page.host))."
            : "Serve page and app both by \(url.scheme.text), and under the one name \(url.host)."
        return
            "To browsers \(page.scheme.text)://\(page.host) and \(url.scheme.text)://\(url.host) are two sites, between which cookies go "
            + "only with SameSite=None and Secure. \(advice)"
    }
}

/// The note for a page without an origin of its own: to allow it would be to allow everybody.
enum NoOrigin {
    static let note =
        "`null` is the origin of a page that was opened as a file, and of every sandboxed frame, whoever made it: do not allow it. Serve "
        + "the page over http, as `python3 -m http.server 3000` does in its folder, and allow http://localhost:3000."
}
