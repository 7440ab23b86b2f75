import EventLoop

/// The number of descriptors that this process may have, and how the last ones are reserved: a flood of clients must leave some
/// for connections to apps and for health and admin requests.
///
/// The kernel hands out the lowest free number, so a descriptor's number tells how many are in use, and nothing has to be
/// counted.
package struct DescriptorLimit: Sendable, Hashable {
    package let count: Int

    /// From this number on, a client's connection gets an error response that there are too many.
    package var clients: Int { count - reserve }
    /// From this number on, a client's connection is closed without a response.
    var toldClients: Int { count - reserve * 3 / 4 }
    /// From this number on, a connection to an app is given up.
    var upstreams: Int { count - reserve / 4 }

    private var reserve: Int { min(count / 4, 1024) }

    package init(_ count: Int) { self.count = count }

    /// Returns this process's limit, after raising it as far as allowed.
    package static func raised() -> DescriptorLimit { DescriptorLimit(SystemLimits.raiseDescriptors(to: most) ?? 1024) }

    package static let help = "raise the limit of open files (ulimit -n, LimitNOFILE=) or lower limits.connections"

    /// The highest limit that is asked for, more than anybody needs here.
    private static let most = 1 << 20

    /// The number of descriptors that the process itself needs with this many event loops, with room for a few connections.
    package static func least(workers: Int) -> Int { 48 + 4 * workers }
}
