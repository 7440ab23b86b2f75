/// What a server is known by, whatever becomes of it: where it is, and the name that it was found under.
package struct ServerIdentity: Sendable, Hashable, CustomStringConvertible {
    /// What is connected to.
    package var target: SocketTarget
    /// The host as the configuration has it, where that is a name: what a certificate is for.
    package var name: String?

    package init(_ target: SocketTarget, name: String? = nil) {
        self.target = target
        self.name = name
    }

    /// The same place by its name.
    package var named: SocketTarget {
        guard let name, case .tcp(_, let port) = target else { return target }
        return .tcp(host: name, port: port)
    }

    package var description: String { name.map { "\(target) (\($0))" } ?? "\(target)" }
}

/// Whether a server gets requests.
package enum Standing: String, Sendable, Hashable, CaseIterable {
    case up
    /// It is to be checked and has not been yet: it gets requests while no server is known to be up.
    case unchecked
    /// Its requests failed: it gets some only while there is no other.
    case ejected
    /// Its checks failed: it gets none.
    case down
}

/// One server of an upstream, as an event loop has to know it.
package struct RosterMember: Sendable, Hashable {
    package var identity: ServerIdentity
    package var weight = 1
    package var isBackup = false
    package var standing = Standing.up
    /// Since when it is up again, or there at all, in milliseconds of the monotonic clock; nil where it was from the beginning.
    package var risenAt: Int?

    package init(_ identity: ServerIdentity, weight: Int = 1, isBackup: Bool = false) {
        self.identity = identity
        self.weight = weight
        self.isBackup = isBackup
    }
}
