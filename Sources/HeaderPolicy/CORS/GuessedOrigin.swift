/// What was probably meant by an origin that is written without its scheme.
public enum GuessedOrigin {
    /// `http` for a page of one's own machine or network, which rarely comes by https.
    public static func scheme(of text: String) -> String {
        let host = text.hasPrefix("[") ? text.prefix { $0 != "]" } + "]" : text.prefix { $0 != ":" && $0 != "/" }
        let isOwn = host == "localhost" || host.hasSuffix(".localhost") || OriginHost.isAddress(String(host))
        return isOwn ? "http" : "https"
    }
}
