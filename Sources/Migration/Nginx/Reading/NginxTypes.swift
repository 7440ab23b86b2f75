import HTTPModel

/// The types of what nginx answers by itself.
extension NginxSpot {
    /// The type for the ending of an exact path; else, and where it is not known, the default.
    var mediaType: String {
        let fallback = scope.single("default_type")?[0] ?? "text/plain"
        guard location[0] == "=", let name = location[1].split(separator: "/").last, let dot = name.lastIndex(of: ".") else {
            return fallback
        }
        let ending = name[name.index(after: dot)...].lowercased()
        guard let types = scope.types else { return NginxTypes.builtIn[ending] ?? fallback }
        let own = types.last { $0.arguments.contains { $0.lowercased() == ending } }
        if let own { return own.name }
        // The file that comes with nginx is seldom read, because it is elsewhere.
        return types.contains { $0.name == "include" } ? NginxTypes.usual[ending] ?? fallback : fallback
    }
}

enum NginxTypes {
    /// What nginx knows without any `types`.
    static let builtIn = ["html": "text/html", "gif": "image/gif", "jpg": "image/jpeg"]
    /// The texts in its file `mime.types`.
    static let usual = [
        "html": "text/html", "htm": "text/html", "shtml": "text/html", "css": "text/css", "xml": "text/xml",
        "js": "application/javascript", "atom": "application/atom+xml", "rss": "application/rss+xml", "txt": "text/plain",
        "svg": "image/svg+xml", "json": "application/json", "xhtml": "application/xhtml+xml", "gif": "image/gif",
        "jpg": "image/jpeg",
    ]
}
