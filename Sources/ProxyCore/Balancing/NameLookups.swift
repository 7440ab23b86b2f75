import HTTPModel

/// The servers of an upstream as they are found: a name stands for all its addresses, which are looked up again and again.
///
/// The system's resolver does not say how long an answer holds, so names are looked up at an interval of the configuration.
/// Without I/O and clock; times are milliseconds of the monotonic clock.
package struct NameLookups: Sendable {
    private struct Name: Sendable {
        /// Nil while it is being looked up.
        var next: Int?
        /// Empty before the first answer.
        var addresses: [String] = []
    }

    private let servers: [UpstreamServer]
    private let interval: Int
    private var names: [String: Name] = [:]

    /// Addresses of one name that are used.
    package static let addressLimit = 256
    /// Milliseconds after which a name that could not be looked up at all is tried again.
    static let impatience = 1_000

    /// - Parameter interval: milliseconds; 0 leaves names alone: each connection looks them up.
    package init(_ servers: [UpstreamServer], interval: Int) {
        self.servers = servers
        self.interval = interval
        guard interval > 0 else { return }
        for server in servers { if let name = Self.name(server.value) { names[name] = Name(next: 0) } }
    }

    /// Takes over what another one has found for the same names: after a reload, nobody waits for an answer.
    package mutating func inherit(_ former: NameLookups) {
        for (host, name) in former.names where !name.addresses.isEmpty { names[host]?.addresses = name.addresses }
    }

    /// There is nothing to look up.
    package var isEmpty: Bool { names.isEmpty }

    /// The host, where it has to be looked up. The machine itself is always the same.
    private static func name(_ target: SocketTarget) -> String? {
        guard case .tcp(let host, _) = target, IPAddress(host.utf8.span) == nil, !isLoopback(host) else { return nil }
        return host
    }

    /// A name that means the machine itself, by both of its loopback addresses (RFC 6761 §6.3).
    package static func isLoopback(_ host: String) -> Bool {
        let lowered = host.lowercased()
        return lowered == "localhost" || lowered.hasSuffix(".localhost")
    }

    /// The names whose turn it is: look them up, then `found` or `failed`.
    package mutating func begin(now: Int) -> [String] {
        var due: [String] = []
        for (host, name) in names where name.next.map({ $0 <= now }) == true {
            names[host]?.next = nil
            due.append(host)
        }
        return due
    }

    /// When `begin` has something to do.
    package var nextMoment: Int? { names.values.compactMap(\.next).min() }

    /// The addresses of a name, in the order of the resolver. True when they are others than before. None at all counts as a
    /// failure: the last ones stay.
    package mutating func found(
        _ host: String, _ addresses: [String], now: Int, random: inout some RandomNumberGenerator
    ) -> Bool {
        guard let first = addresses.first, let known = names[host] else {
            failed(host, now: now)
            return false
        }
        // A tenth less, by chance: not all proxies ask at once.
        names[host]?.next = now &+ interval &- Int.random(in: 0...(interval / 10), using: &random)
        let isSix = first.contains(":")
        var unique = Set<String>()
        // Of two families, the one that the resolver thinks better of is first; within it the order means nothing.
        let kept = addresses.filter { unique.insert($0).inserted }.prefix(Self.addressLimit)
        let sorted = kept.filter { $0.contains(":") == isSix }.sorted() + kept.filter { $0.contains(":") != isSix }.sorted()
        guard sorted != known.addresses else { return false }
        names[host]?.addresses = sorted
        return true
    }

    /// The name could not be looked up: what was known of it stands.
    package mutating func failed(_ host: String, now: Int) {
        guard let known = names[host] else { return }
        names[host]?.next = now &+ (known.addresses.isEmpty ? min(interval, Self.impatience) : interval)
    }

    /// It is a name that has not been looked up.
    package func isUnresolved(_ identity: ServerIdentity) -> Bool { identity.name == nil && Self.name(identity.target) != nil }

    /// The servers, as far as they are known. A name without an answer is one server, which is connected to by its name. Where
    /// a name has addresses of both families, those of the second are backups: many apps listen on one only.
    package var roster: [RosterMember] {
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
