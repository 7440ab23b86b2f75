import HTTPModel

/// The servers of an upstream as looked up: a name stands for all its addresses, which are looked up again and again.
///
/// The system's resolver does not say how long an answer is valid, so names are looked up at a configured interval. It has no I/O
/// and no clock; times are milliseconds of the monotonic clock.
public struct NameLookups: Sendable {
    private struct Name: Sendable {
        /// The time of the next look-up; nil while one is running.
        var next: Int?
        /// The addresses; empty before the first answer.
        var addresses: [String] = []
    }

    private let servers: [UpstreamServer]
    private let interval: Int
    private var names: [String: Name] = [:]

    /// The largest number of addresses of one name that are used.
    public static let addressLimit = 256
    /// The time in milliseconds after which a name without any answer is tried again.
    static let impatience = 1_000

    /// - Parameter interval: the interval in milliseconds; with 0 names are left alone, and each connection looks them up.
    public init(_ servers: [UpstreamServer], interval: Int) {
        self.servers = servers
        self.interval = interval
        guard interval > 0 else { return }
        for server in servers { if let name = Self.name(server.value) { names[name] = Name(next: 0) } }
    }

    /// Takes over the addresses that another instance has found for the same names, so that after a reload nobody waits for an
    /// answer.
    public mutating func inherit(_ former: NameLookups) {
        for (host, name) in former.names where !name.addresses.isEmpty { names[host]?.addresses = name.addresses }
    }

    /// Whether there is nothing to look up.
    public var isEmpty: Bool { names.isEmpty }

    /// Returns the host if it has to be looked up; nil for addresses and for the machine itself, which is always the same.
    private static func name(_ target: SocketTarget) -> String? {
        guard case .tcp(let host, _) = target, IPAddress(host.utf8.span) == nil,
            !Authority.isLocalhost(host.utf8.span)
        else { return nil }
        return host
    }

    /// Returns the names whose look-up is due. The caller looks them up and then calls `found` or `failed`.
    public mutating func begin(now: Int) -> [String] {
        var due: [String] = []
        for (host, name) in names where name.next.map({ $0 <= now }) == true {
            names[host]?.next = nil
            due.append(host)
        }
        return due
    }

    /// The next time when `begin` has something to do; nil for never.
    public var nextMoment: Int? { names.values.compactMap(\.next).min() }

    /// Stores the addresses of a name, in the order of the resolver, and returns whether they have changed. An empty answer
    /// counts as a failure, and the last addresses stay.
    public mutating func found(
        _ host: String, _ addresses: [String], now: Int, random: inout some RandomNumberGenerator
    ) -> Bool {
        guard let first = addresses.first, let known = names[host] else {
            failed(host, now: now)
            return false
        }
        // The next look-up comes up to a tenth earlier, by chance, so that not all proxies ask at once.
        names[host]?.next = now &+ interval &- Int.random(in: 0...(interval / 10), using: &random)
        let isSix = first.contains(":")
        var unique = Set<String>()
        // Of two families, the one that the resolver prefers comes first; the order within a family means nothing.
        let kept = addresses.filter { unique.insert($0).inserted }.prefix(Self.addressLimit)
        let sorted = kept.filter { $0.contains(":") == isSix }.sorted() + kept.filter { $0.contains(":") != isSix }.sorted()
        guard sorted != known.addresses else { return false }
        names[host]?.addresses = sorted
        return true
    }

    /// Notes that a name could not be looked up; the addresses known before stay.
    public mutating func failed(_ host: String, now: Int) {
        guard let known = names[host] else { return }
        names[host]?.next = now &+ (known.addresses.isEmpty ? min(interval, Self.impatience) : interval)
    }

    /// Whether the server is a name that has not been looked up.
    public func isUnresolved(_ identity: ServerIdentity) -> Bool { identity.name == nil && Self.name(identity.target) != nil }

    /// The servers, as far as they are known. A name without an answer is one server, to which connections are made by its name.
    /// When a name has addresses of both families, those of the second are backups, because many apps listen on one only.
    public var roster: [RosterMember] {
        var members: [RosterMember] = []
        var seen = Set<ServerIdentity>()
        func add(_ identity: ServerIdentity, _ server: UpstreamServer, isSecondary: Bool = false) {
            guard seen.insert(identity).inserted else { return }
            members.append(RosterMember(identity, weight: server.weight, isBackup: server.isBackup || isSecondary))
        }
        for server in servers {
            guard case .tcp(let host, let port) = server.value, let name = names[host], let first = name.addresses.first else {
                add(ServerIdentity(server.value), server)
                continue
            }
            for address in name.addresses {
                add(
                    ServerIdentity(.tcp(host: address, port: port), name: host), server,
                    isSecondary: address.contains(":") != first.contains(":"))
            }
        }
        return members
    }
}
