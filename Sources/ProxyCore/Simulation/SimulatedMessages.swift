public import HTTPModel
import HeaderPolicy

/// A request as a client might send it, for a simulation.
public struct SimulatedRequest: Sendable {
    public var method = "GET"
    public var scheme = Scheme.http
    public var authority: String
    /// The path and the query.
    public var target: String
    public var fields: [FieldText] = []
    /// The client's address.
    public var client = "127.0.0.1"
    public var version = HTTPVersion.http11
    /// The length of the body; nil when there is none.
    public var bodyLength: Int?
    /// Whether the request was made of a path alone, so that `scheme` and `authority` are stand-ins.
    public private(set) var isPathAlone = false
    /// Whether the URL names a user, of which nothing is sent.
    public private(set) var hasUser = false
    /// The names in the certificate of the connection, besides the one that `authority` asks for.
    public var certificateNames: [String] = []

    public init(method: String = "GET", scheme: Scheme = .http, authority: String, target: String) {
        self.method = method
        self.scheme = scheme
        self.authority = authority
        self.target = target
    }

    /// Makes a request for `https://host:port/path?query`, or for a path alone; nil when the text is neither.
    public init?(method: String = "GET", url: String) {
        if url.hasPrefix("/") {
            self.init(method: method, authority: "localhost", target: url)
            isPathAlone = true
            return
        }
        guard let url = WebURL(url) else { return nil }
        self.init(method: method, scheme: url.scheme, authority: url.authority, target: url.target)
        hasUser = url.hasUser
    }

    /// Makes a path alone a request of the scheme that the listener speaks.
    public mutating func meet(_ listener: Listener) {
        if isPathAlone { scheme = listener.tls == nil ? .http : .https }
    }

    /// Whether the request is gRPC's, which comes only over HTTP/2.
    public var isGRPC: Bool {
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

    public var url: WebURL {
        var url = WebURL(scheme: scheme, authority: authority, target: target)
        url.hasUser = hasUser
        return url
    }
}

/// An answer that an app might give.
public enum SimulatedAnswer: Sendable {
    case response(status: Status, fields: [FieldText])
    /// There is no answer, or not a whole one.
    case fault(UpstreamFault)
}

extension SimulatedAnswer {
    /// Returns the app's answer to a preflight, as far as this answer tells: the fields that answer preflights. The other fields
    /// belong to the page's own request.
    public func ofPreflight(status: Status? = nil) -> SimulatedAnswer {
        guard case .response(let own, let fields) = self else { return self }
        return .response(
            status: status ?? own,
            fields: fields.filter { $0.name.lowercased().hasPrefix("access-control-") || $0.isNamed("vary") })
    }
}

/// The reason why a simulation cannot begin: a proxy would not have read such a message.
public struct SimulationError: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
