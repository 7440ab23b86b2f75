public import HeaderPolicy

/// Why the proxy answered by itself, in words, for a client that may know: unlike the page that everybody sees, this names
/// upstreams, addresses and keys of the configuration.
public enum ReplyCause {
    /// A sentence or two.
    ///
    /// - Parameters:
    ///   - reason: as in the log.
    ///   - upstream: that was to answer; nil where none was chosen.
    ///   - route: where it stands; nil where none matched.
    ///   - cause: what was wrong with the app's response, where it was that.
    public static func words(
        _ reason: String, upstream: Upstream?, route: SourceLocation?, because cause: BadResponse? = nil
    ) -> String {
        var text = sentence(reason, upstream)
        if let cause { text += " \(cause.message) (\(cause.fault))" }
        if let route { text += " The route is \(route.file):\(route.line)." }
        return text
    }

    private static func sentence(_ reason: String, _ upstream: Upstream?) -> String {
        if let fault = UpstreamFault(rawValue: reason) { return sentence(fault, upstream) }
        switch reason {
        case "no_route": return "No route of the configuration takes this host and path."
        case "connect_refused": return "CONNECT to a place of the client's choosing is a forward proxy's work."
        case "too_many_nominations": return "Connection names more fields than any message needs."
        case "dot_segment":
            return "The path has a `.` or `..` segment, which the app may resolve otherwise than routes and rules do."
        case "loop_detected":
            return
                "The request has passed by this proxy \(Via.loopLimit) times: an upstream leads back here. `Via` shows the way."
        case "ambiguous_prefix": return "`strip_prefix` cannot be taken off this spelling of the path."
        case "request_body_too_large": return "The body is larger than `limits: { request_body: … }` of the file or the route."
        case "request_body_timeout":
            return "The body stopped, or came too slowly: `timeouts.request_body`, `limits.request_body_rate`."
        case "request_head_timeout": return "The head of the request took longer than `timeouts.request_head`."
        case "exchange_timeout": return "Request and response together took longer than `timeouts.exchange`."
        case "write_timeout": return "The client took no byte of the response for `timeouts.write`."
        case "unsafe_redirect":
            return
                "A placeholder of the redirect brought what may not stand in a field, or would have named another scheme or host."
        case "plain_http": return "The request came without TLS to a port that speaks it."
        case "unknown_protocol": return "Of what CONNECT can ask for, only WebSockets are tunnelled."
        case "missing_host": return "The redirect to https needs a Host, and the request has none."
        case "misdirected_request": return "The certificate of this TLS connection is not for this host."
        case "not_a_websocket": return "A WebSocket was asked for, and the route answers without one."
        case "too_many_tunnels": return "There are as many tunnels as `limits.tunnels` lets."
        case "too_many_connections": return "There are as many connections as `limits.connections` lets."
        case "memory_limit": return "All connections together keep as much as `limits.memory` lets."
        case "too_few_descriptors": return "The process may open no more files: its limit is used up."
        case "too_many_connections_of_client":
            return "The client has as many connections as `limits.connections_per_client` lets."
        case "report_rate": return "Reports come faster than `rate` or `total_rate` of the collector."
        case "report_type": return "The Content-Type is none that browsers send reports with."
        case "report_too_large": return "The report is larger than `body` of the collector."
        case "report_malformed": return "The body is not a report."
        case "method_not_allowed": return "The routes of this path take other methods only."
        default: return "The reason is \(reason)."
        }
    }

    private static func sentence(_ fault: UpstreamFault, _ upstream: Upstream?) -> String {
        let name = upstream.map { upstream in
            let servers = upstream.servers.map { "\($0.value)" }.joined(separator: ", ")
            return "the upstream `\(upstream.name)` (\(upstream.scheme.rawValue), \(servers))"
        }
        let app = name ?? "the upstream"
        switch fault {
        case .connectFailed: return "No connection to \(app) could be made: nothing listens there, or it cannot be reached."
        case .connectTimeout: return "A connection to \(app) took longer than `timeouts.connect`."
        case .responseTimeout: return "\(capitalized(app)) did not answer within `timeouts.response`."
        case .closed:
            return "\(capitalized(app)) closed the connection before it had answered: a worker crashed or was killed, perhaps."
        case .refused: return "\(capitalized(app)) did not act on the request and says so."
        case .tlsFailed: return "TLS with \(app) could not be agreed on: a certificate that does not verify, mostly."
        case .invalidResponse: return "What \(app) answered is not HTTP, or breaks a limit of `limits`."
        case .cancelled: return "\(capitalized(app)) broke the exchange off."
        case .askedForCalm: return "\(capitalized(app)) is asked more than it wants to be, and says so."
        case .noServer: return "The health checks of all servers of \(app) fail."
        case .overloaded:
            return
                "\(capitalized(app)) has no free connection: `max_connections` and `max_pending`, or the open files of this process, are used up."
        }
    }

    private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
