public import HTTPModel
public import HeaderPolicy

/// The cause of a reply that the proxy made itself, in words, for a client that may see it. Unlike the page that everybody gets,
/// it names upstreams, addresses and keys of the configuration.
public enum ReplyCause {
    /// Returns a sentence or two.
    ///
    /// - Parameters:
    ///   - reason: the reason as in the log.
    ///   - upstream: the upstream that was to answer; nil when none was chosen.
    ///   - route: the location of the route; nil when none matched.
    ///   - cause: what was wrong with the app's response, if that is the reason.
    public static func words(
        _ reason: Reason, upstream: Upstream?, route: SourceLocation?, because cause: BadResponse? = nil
    ) -> String {
        var text = sentence(reason, upstream)
        if let cause { text += " \(cause.message) (\(cause.fault))" }
        if let route { text += " The route is \(route.file):\(route.line)." }
        return text
    }

    private static func sentence(_ reason: Reason, _ upstream: Upstream?) -> String {
        let name = upstream.map { upstream in
            let servers = upstream.servers.map { "\($0.value)" }.joined(separator: ", ")
            return "the upstream `\(upstream.name)` (\(upstream.scheme.rawValue), \(servers))"
        }
        let app = name ?? "the upstream"
        let capitalized = app.prefix(1).uppercased() + app.dropFirst()
        return reason.sentence.replacing("{upstream}", by: app).replacing("{Upstream}", by: capitalized)
    }
}
