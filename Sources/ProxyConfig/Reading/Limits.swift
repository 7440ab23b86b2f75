import HTTPModel
import HeaderPolicy
import ProxyCore

extension Reading {
    /// `limits:`
    func limits(_ node: Node) -> Limits {
        var limits = Limits()
        guard let table = Table<LimitKey>(node, self, for: "`limits`") else { return limits }
        for key in table.keys {
            guard let node = table[key] else { continue }
            let name = "`\(key.rawValue)`"
            switch key {
            case .requestBody: limits.requestBody = size(node, for: name) ?? limits.requestBody
            case .bodyBuffer: limits.bodyBuffer = bounded(node, name, key.bounds) ?? limits.bodyBuffer
            case .requestTarget: limits.message.target = bounded(node, name, key.bounds) ?? limits.message.target
            case .requestHeaders:
                limits.message.headerBytes = bounded(node, name, key.bounds) ?? limits.message.headerBytes
            case .trailers: limits.message.trailerBytes = bounded(node, name, key.bounds) ?? limits.message.trailerBytes
            case .chunkExtensions:
                limits.message.chunkExtensions = bounded(node, name, key.bounds) ?? limits.message.chunkExtensions
            case .headerCount: limits.message.headerCount = integer(node, for: name, in: key.bounds) ?? limits.message.headerCount
            case .memory: limits.memory = memory(node, name)
            case .streams: limits.streams = integer(node, for: name, in: key.bounds) ?? limits.streams
            case .connections: limits.connections = integer(node, for: name, in: key.bounds) ?? limits.connections
            case .connectionsPerClient:
                limits.connectionsPerClient = integer(node, for: name, in: key.bounds) ?? limits.connectionsPerClient
            case .tunnels: limits.tunnels = integer(node, for: name, in: key.bounds) ?? limits.tunnels
            case .requestBodyRate: limits.requestBodyRate = size(node, for: name) ?? limits.requestBodyRate
            case .requestsPerConnection:
                limits.requestsPerConnection = integer(node, for: name, in: key.bounds) ?? 0
            }
        }
        return limits
    }

    /// Reads the limit; nil for `auto`.
    private func memory(_ node: Node, _ name: String) -> Int? {
        if case .scalar(let scalar) = node.content, scalar.text == "auto" { return nil }
        guard let size = size(node, for: name) else { return nil }
        if size > 0, size < 4 << 20 {
            error("\(name) is `auto`, 0 for no limit, or at least 4MB, not \(node.kind)", at: node.place)
        }
        return size
    }

    /// Reads a size that has to be useful and to fit into memory.
    func bounded(_ node: Node, _ name: String, _ bounds: ClosedRange<Int>) -> Int? {
        guard let size = size(node, for: name) else { return nil }
        guard bounds.contains(size) else {
            error("\(name) is \(ValueType.size(bounds).writtenBounds ?? "larger"), not \(node.kind)", at: node.place)
            return nil
        }
        return size
    }

    /// `timeouts:`
    func timeouts(_ node: Node) -> Timeouts {
        var timeouts = Timeouts()
        guard let table = Table<TimeoutKey>(node, self, for: "`timeouts`") else { return timeouts }
        for key in table.keys {
            guard let node = table[key], let value = duration(node, for: "`\(key.rawValue)`")?.value else { continue }
            switch key {
            case .connect: timeouts.connect = value
            case .response: timeouts.response = value
            case .idle: timeouts.idle = value
            case .write: timeouts.write = value
            case .tunnel: timeouts.tunnel = value
            case .drain: timeouts.drain = value
            case .exchange: timeouts.exchange = value
            case .handshake: timeouts.handshake = value
            case .requestHead: timeouts.requestHead = value
            case .requestBody: timeouts.requestBody = value
            case .upstreamIdle: timeouts.upstreamIdle = value
            case .eventStream: timeouts.eventStream = value
            case .halfClose: timeouts.halfClose = value
            }
        }
        return timeouts
    }
}

extension Quantity {
    /// Returns the shortest exact way to write a number of bytes.
    static func text(bytes: Int) -> String {
        for (unit, size) in [("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)]
        where bytes >= size && bytes % size == 0 {
            return "\(bytes / size)\(unit)"
        }
        return "\(bytes)"
    }

    /// Returns the shortest exact way to write a number of milliseconds.
    package static func text(milliseconds: Int) -> String {
        for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)]
        where milliseconds >= size && milliseconds % size == 0 {
            return "\(milliseconds / size)\(unit)"
        }
        return milliseconds == 0 ? "0" : "\(milliseconds)ms"
    }
}
