import EventLoop
import HTTPModel
import ProxyCore

/// Addresses as people type them.
enum TypedAddress {
    /// `5000`, `:5000`, `localhost:5000`, or what an upstream is in a configuration: the URL.
    static func upstream(_ text: String) -> String {
        if let port = UInt16(text.hasPrefix(":") ? text.dropFirst() : text[...]) { return "http://localhost:\(port)" }
        return text.contains(text: "://") || text.hasPrefix("unix:") ? text : "http://\(text)"
    }

    /// `8080` or an address: where to listen. A number alone is for this machine alone.
    static func listen(_ text: String) -> String { UInt16(text).map { "127.0.0.1:\($0)" } ?? text }
}

extension SocketTarget {
    var port: Int? { if case .tcp(_, let port) = self { port } else { nil } }
}

/// Whether an address is free to listen on.
enum FreeAddress {
    /// Why one cannot listen there; nil where one can, or where only trying for good would tell.
    static func trouble(_ target: SocketTarget) -> SystemError? {
        guard case .tcp(let host, let port) = target, let port = UInt16(exactly: port),
            let endpoint = Endpoint(address: host == "localhost" ? "127.0.0.1" : host, port: port)
        else { return nil }
        do throws(SystemError) {
            try ListeningSocket(binding: endpoint).close()
            return nil
        } catch {
            return error
        }
    }

    /// The next port that is free; 0, which takes any, where there is none near.
    static func port(after target: SocketTarget) -> Int {
        guard let port = target.port else { return 0 }
        return (port + 1..<port + 100).first { $0 <= 65535 && trouble(.tcp(host: "127.0.0.1", port: $0)) == nil } ?? 0
    }

    /// This address, or where it is taken, another port of the same.
    static func or(_ port: Int) -> SocketTarget {
        let wanted = SocketTarget.tcp(host: "127.0.0.1", port: port)
        return trouble(wanted) == nil ? wanted : .tcp(host: "127.0.0.1", port: 0)
    }
}
