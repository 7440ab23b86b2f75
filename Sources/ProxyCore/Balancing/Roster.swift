/// The identity of a server, which does not change with its state: its address and the name under which it was found.
public struct ServerIdentity: Sendable, Hashable, CustomStringConvertible {
    /// The address that is connected to.
    public var target: SocketTarget
    /// The host in the configuration if that is a name; a certificate has to be for it.
    public var name: String?

    public init(_ target: SocketTarget, name: String? = nil) {
        self.target = target
        self.name = name
    }

    /// The same server addressed by its name.
    public var named: SocketTarget {
        guard let name, case .tcp(_, let port) = target else { return target }
        return .tcp(host: name, port: port)
    }

    public var description: String { name.map { "\(target) (\($0))" } ?? "\(target)" }
}

/// Whether a server gets requests.
public enum Standing: String, Sendable, Hashable, CaseIterable {
    case up
    /// The server is to be checked and has not been yet: it gets requests while no server is known to be up.
    case unchecked
    /// The server's requests failed: it gets some only while there is no other.
    case ejected
    /// The server's checks failed: it gets no requests.
    case down
}

/// One server of an upstream, with the state that an event loop needs.
public struct RosterMember: Sendable, Hashable {
    public var identity: ServerIdentity
    public var weight = 1
    public var isBackup = false
    public var standing = Standing.up
    /// The time since when the server is up again, or known at all, in milliseconds of the monotonic clock; nil when it was there
    /// from the beginning.
    public var risenAt: Int?

    public init(_ identity: ServerIdentity, weight: Int = 1, isBackup: Bool = false) {
        self.identity = identity
        self.weight = weight
        self.isBackup = isBackup
    }
}
