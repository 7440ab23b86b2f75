import Logging
import ProxyCore
import Synchronization

/// Logs the differences that rules in shadow would make, a sample of those of all event loops.
final class ShadowDesk: ShadowTaker {
    /// The most characters of a field's name, and of its lines together, that are logged.
    private static let nameLimit = 200
    private static let valueLimit = 2_048

    private let logger: Logger
    private let sampler = Mutex(ShadowSampler())

    init(_ logger: Logger) { self.logger = logger }

    func take(_ kinds: [ShadowKind], on route: [UInt8], now: UInt64) -> Int? {
        sampler.withLock { $0.take(kinds, on: route, now: now) }
    }

    /// Forgets what has been logged: under another configuration everything is new.
    func startAgain() { sampler.withLock { $0 = ShadowSampler() } }

    func log(_ line: ShadowLine) {
        let difference = line.difference.difference
        var metadata: Logger.Metadata = [
            "request_id": "\(line.requestID)", "route": "\(line.route)", "method": "\(line.method)", "target": "\(line.target)",
            "part": "\(line.difference.part.rawValue)", "change": "\(difference.change.rawValue)",
            "field": "\(difference.field.prefix(Self.nameLimit))",
        ]
        if !difference.old.isEmpty { metadata["sent"] = Self.text(difference.old) }
        if !difference.new.isEmpty { metadata["enforced"] = Self.text(difference.new) }
        if line.leftOut > 0 { metadata["left_out"] = "\(line.leftOut)" }
        logger.notice("rules in shadow would change this exchange", metadata: metadata)
    }

    private static func text(_ lines: [String]) -> Logger.MetadataValue {
        let text = lines.joined(separator: " | ")
        let start = text.prefix(valueLimit)
        return start.endIndex < text.endIndex ? "\(start)…" : "\(text)"
    }
}
