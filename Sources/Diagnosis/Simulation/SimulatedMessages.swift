package import HTTPModel
import HeaderPolicy
package import ProxyCore

/// A request as a client might send it, for a simulation.
package struct SimulatedRequest: Sendable {
    package var method = "GET"
    /// The scheme that the client's user sees, of which a listener without TLS knows only what a proxy in front says.
    package var scheme = Scheme.http
    package var authority: String
    /// The path and the query.
    package var target: String
    package var fields: [FieldText] = []
    /// The client's address.
    package var client = "127.0.0.1"
    package var version = HTTPVersion.http11
    /// The length of the body; nil when there is none.
    package var bodyLength: Int?
    /// Whether the request was made of a path alone, so that `scheme` and `authority` are stand-ins.
    package private(set) var isPathAlone = false
    /// Whether the URL names a user, of which nothing is sent.
    package private(set) var hasUser = false
    /// The names in the certificate of the connection, besides the one that `authority` asks for.
    package var certificateNames: [String] = []

    package init(method: String = "GET", scheme: Scheme = .http, authority: String, target: String) {
        self.method = method
        self.scheme = scheme
        self.authority = authority
        self.target = target
    }

    /// Makes a request for `https://host:port/path?query`, or for a path alone, as a browser writes them; nil when the text is
    /// neither. The dot segments of a path alone stay, so that it can be asked what becomes of them.
    package init?(method: String = "GET", url: String) {
        if url.hasPrefix("/") {
            self.init(method: method, authority: "localhost", target: WebURL.encoded(url))
            isPathAlone = true
            return
        }
        guard let url = WebURL(url) else { return nil }
        self.init(method: method, scheme: url.scheme, authority: url.authority, target: url.target)
        hasUser = url.hasUser
    }

    /// Makes a path alone a request of the scheme that the listener speaks.
    package mutating func meet(_ listener: Listener) {
        if isPathAlone { scheme = listener.tls == nil ? .http : .https }
    }

    /// The request as a trusted proxy in front hands it on, which ends TLS for the listener.
    var vouchedFor: SimulatedRequest {
        let said = ["X-Forwarded-Proto", "Forwarded"]
        guard scheme == .https, !fields.contains(where: { field in said.contains { field.isNamed($0) } }) else { return self }
        var copy = self
        copy.fields.append(FieldText("X-Forwarded-Proto", "https"))
        return copy
    }

    /// Whether the request is gRPC's, which comes only over HTTP/2.
    package var isGRPC: Bool {
        fields.contains { $0.isNamed("content-type") && $0.value.lowercased().hasPrefix("application/grpc") }
    }

    /// The connection that a client makes for `authority`; nil when the scheme has no TLS.
    var tls: TLSClient? {
        guard scheme == .https else { return nil }
        let host = WebURL(scheme: scheme, authority: authority, target: "/").host
        let isName = IPAddress(host.utf8.span) == nil && !host.hasPrefix("[")
        return TLSClient(
            version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256", serverName: isName ? Array(host.lowercased().utf8) : [],
            subject: [],
            certificate: [], chain: [], names: certificateNames)
    }

    package var url: WebURL {
        var url = WebURL(scheme: scheme, authority: authority, target: target)
        url.hasUser = hasUser
        return url
    }
}

/// An answer that an app might give.
package enum SimulatedAnswer: Sendable {
    case response(status: Status, fields: [FieldText])
    /// There is no answer, or not a whole one.
    case fault(UpstreamFault)
    /// There is an answer that is no valid message.
    case invalid(BadResponse)
}

extension SimulatedAnswer {
    /// Returns the app's answer to a preflight, as far as this answer tells: the fields that answer preflights. The other fields
    /// belong to the page's own request.
    package func ofPreflight(status: Status? = nil) -> SimulatedAnswer {
        guard case .response(let own, let fields) = self else { return self }
        return .response(
            status: status ?? own,
            fields: fields.filter { $0.name.lowercased().hasPrefix("access-control-") || $0.isNamed("vary") })
    }
}

/// The reason why a simulation cannot begin: no client can send such a request, or none gets an answer to it.
package struct SimulationError: Error, Sendable, Hashable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}

extension Configuration {
    /// Whether a request can be one of https: the proxy, or something in front of it that is trusted, speaks TLS.
    var mayBeHTTPS: Bool { !trustedProxies.isEmpty || listeners.contains { $0.tls != nil } }

    /// The address of a proxy whose word for its clients is believed; nil when there is none.
    var trustedClient: String? { trustedProxies.lazy.compactMap { PatternSamples.addresses($0.value).inside.first }.first }
}
