import EventLoop
import HTTPModel
import ProxyCore

/// Addresses as users type them.
enum TypedAddress {
    /// The URL of an upstream: `5000`, `:5000`, `localhost:5000`, or anything that an upstream may be in a configuration.
    static func upstream(_ text: String) -> String {
        let bare = text.hasPrefix(":") ? text.dropFirst() : text[...]
        // What stands behind a port is refused where upstreams are read, which then names the right address.
        if let port = UInt16(bare.prefix { $0 != "/" && $0 != "?" }) {
            return "http://localhost:\(port)\(bare.drop { $0 != "/" && $0 != "?" })"
        }
        return text.contains(text: "://") || text.hasPrefix("unix:") ? text : "http://\(text)"
    }

    /// The address to listen on: `8080` or an address. A number alone means this machine only.
    static func listen(_ text: String) -> String { UInt16(text).map { "127.0.0.1:\($0)" } ?? text }

    /// Returns what such an address binds; a port without a host means every interface. Nil if it is no address.
    static func target(_ listen: String) -> SocketTarget? { SocketTarget(text: listen.hasPrefix(":") ? "[::]\(listen)" : listen) }
}

extension SocketTarget {
    var port: Int? { if case .tcp(_, let port) = self { port } else { nil } }
}

/// Finds addresses that are free to listen on.
enum FreeAddress {
    /// Why listening on an address would fail; nil if it would work, or if only a real attempt can tell.
    static func trouble(_ target: SocketTarget) -> SystemError? {
        guard case .tcp(let host, let port) = target, let port = UInt16(exactly: port),
            let endpoint = Endpoint(address: Authority.isLocalhost(host.utf8.span) ? "127.0.0.1" : host, port: port)
        else { return nil }
        do throws(SystemError) {
            try ListeningSocket(binding: endpoint).close()
            return nil
        } catch {
            // Without IPv6, every interface means every one of IPv4.
            return host == "::" && !error.isAddressInUse ? trouble(.tcp(host: "0.0.0.0", port: Int(port))) : error
        }
    }

    /// The next free port; 0, which takes any port, if none nearby is free.
    static func port(after target: SocketTarget) -> Int {
        guard let port = target.port else { return 0 }
        return (port + 1..<port + 100).first { $0 <= 65535 && trouble(.tcp(host: "127.0.0.1", port: $0)) == nil } ?? 0
    }

    /// This port on the loopback address, or any other port if it is taken.
    static func or(_ port: Int) -> SocketTarget {
        let wanted = SocketTarget.tcp(host: "127.0.0.1", port: port)
        return trouble(wanted) == nil ? wanted : .tcp(host: "127.0.0.1", port: 0)
    }
}
