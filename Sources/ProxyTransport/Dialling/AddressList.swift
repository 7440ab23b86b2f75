import EventLoop
import HTTPModel
import ProxyCore

/// The addresses of a server, in the order in which they are tried. When one refuses, the next is tried.
///
/// `localhost` stands for both loopback addresses, whatever the machine's hosts file says, because apps listen on either.
struct AddressList {
    /// The addresses that have not been tried yet.
    private var rest: [Endpoint] = []
    /// Whether the addresses share the time that is left: when one of several does not answer, another may. A loopback address
    /// that does not answer is busy, so it gets all the time.
    private var sharesTime = true
    /// The name that must be looked up before any address can be tried, with its port; nil when there is none.
    private(set) var unknown: (name: String, port: UInt16)?

    init(_ target: SocketTarget) {
        switch target {
        case .unix(let path): rest = [.unix(Array(path.utf8))]
        case .tcp(let host, let port):
            let port = UInt16(clamping: port)
            if Authority.isLocalhost(host.utf8.span) {
                sharesTime = false
                rest = ["127.0.0.1", "::1"].compactMap { Endpoint(address: $0, port: port) }
            } else if let address = Endpoint(address: host, port: port) {
                rest = [address]
            } else {
                unknown = (host, port)
            }
        }
    }

    /// Adds the addresses that the lookup of the name returned.
    mutating func found(_ addresses: [Endpoint]) {
        unknown = nil
        rest += addresses
    }

    /// The address to try next, and how many of the `left` milliseconds it may take: all of them for the last address, otherwise
    /// its share. Nil when every address has been tried.
    mutating func next(within left: Int) -> (address: Endpoint, limit: Int)? {
        guard let address = rest.first else { return nil }
        let limit = sharesTime ? max(1, left / rest.count) : left
        rest.removeFirst()
        return (address, limit)
    }
}
