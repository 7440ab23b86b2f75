package import EventLoop
package import ProxyCore

extension BoundAddress {
    /// Nil when the name is not known.
    package init?(_ target: SocketTarget) {
        guard let endpoint = try? Endpoint.first(of: target) else { return nil }
        self.init(endpoint)
    }
}

extension Endpoint {
    /// The address on which a listener listens; for a name, its first address.
    static func first(of target: SocketTarget) throws(SystemError) -> Endpoint {
        switch target {
        case .unix(let path): return .unix(Array(path.utf8))
        case .tcp(let host, let port):
            let port = UInt16(clamping: port)
            if let known = Endpoint(address: host, port: port) { return known }
            let found = try Endpoint.addresses(of: host, port: port)
            guard let first = found.first else { throw .addressUnknown }
            return first
        }
    }
}

extension SocketTarget {
    init(_ endpoint: Endpoint) {
        if case .unix(let path) = endpoint {
            self = .unix(String(decoding: path, as: UTF8.self))
        } else {
            self = .tcp(host: endpoint.address, port: Int(endpoint.port ?? 0))
        }
    }
}
