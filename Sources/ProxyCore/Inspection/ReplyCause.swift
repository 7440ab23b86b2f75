package import HTTPModel
package import HeaderPolicy

/// Why the proxy answered by itself, in words, for a client that may know: unlike the page that everybody sees, this names
/// upstreams, addresses and keys of the configuration.
package enum ReplyCause {
    /// A sentence or two.
    ///
    /// - Parameters:
    ///   - reason: as in the log.
    ///   - upstream: that was to answer; nil where none was chosen.
    ///   - route: where it stands; nil where none matched.
    ///   - cause: what was wrong with the app's response, where it was that.
    package static func words(
        _ reason: Reason, upstream: Upstream?, route: SourceLocation?, because cause: BadResponse? = nil
    ) -> String {
        var text = sentence(reason, upstream)
        if let cause { text += " \(cause.message) (\(cause.fault))" }
        if let route { text += " The route is \(route.file):\(route.line)." }
        return text
    }

    private static func sentence(_ reason: Reason, _ upstream: Upstream?) -> String {
        let sentence = reason.sentence
        guard sentence.contains(text: "pstream}") else { return sentence }
        let name = upstream.map { upstream in
            let servers = upstream.servers.map { "\($0.value)" }.joined(separator: ", ")
            return "the upstream `\(upstream.name)` (\(upstream.scheme.rawValue), \(servers))"
        }
        let app = name ?? "the upstream"
        let capitalized = app.prefix(1).uppercased() + app.dropFirst()
        return sentence.replacing("{upstream}", by: app).replacing("{Upstream}", by: capitalized)
    }
}
