import EventLoop
import HTTPModel
import ProxyCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The addresses of a server, in the order in which they are tried: the next when one refuses.
///
/// `localhost` is both loopbacks, whatever the machine's table of hosts says: apps listen on the one or the other.
struct AddressList {
    /// Those that have not been tried.
    private var rest: [Endpoint] = []
    /// Behind one of several that says nothing another may answer. A loopback that says nothing is busy, and waited for.
    private var sharesTime = true
    /// What has to be looked up before anything can be tried.
    private(set) var unknown: (name: String, port: UInt16)?

    init(_ target: SocketTarget) {
        switch target {
        case .unix(let path): rest = [.unix(Array(path.utf8))]
        case .tcp(let host, let port):
            let port = UInt16(clamping: port)
            if NameLookups.isLoopback(host) {
                sharesTime = false
                rest = ["127.0.0.1", "::1"].compactMap { Endpoint(address: $0, port: port) }
            } else if let address = Endpoint(address: host, port: port) {
                rest = [address]
            } else {
                unknown = (host, port)
            }
        }
    }

    /// The name has been looked up.
    mutating func found(_ addresses: [Endpoint]) {
        unknown = nil
        rest += addresses
    }

    /// The one that is tried now, and how many of the milliseconds that are left it may take: all of them if it is the last, else its
    /// share.
    mutating func next(within left: Int) -> (address: Endpoint, limit: Int)? {
        guard let address = rest.first else { return nil }
        let limit = sharesTime ? max(1, left / rest.count) : left
        rest.removeFirst()
        return (address, limit)
    }
}

/// None of the addresses of a server took a connection.
struct NoAddressAnswers: Error {
    /// In the order in which they were tried.
    var attempts: [(address: Endpoint, error: SystemError)] = []

    /// Each with its address, where there were several.
    var text: String {
        attempts.count == 1 ? attempts[0].error.text : namedText
    }

    /// Each with its address.
    var namedText: String {
        attempts.map { "\($0.address): \($0.error.text)" }.joined(separator: "; ")
    }

    var isTimeout: Bool { attempts.contains { $0.error.code == ETIMEDOUT } }

    /// What is noted of an address that did not answer in time.
    static let timeout = SystemError(ETIMEDOUT, "connect")
}
