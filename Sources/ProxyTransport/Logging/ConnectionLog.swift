import Logging

/// Logs what went wrong with connections before there was an exchange. A flood of bad clients must not become a flood of log
/// lines: beyond a number per second they are only counted, and the next line gives the count.
struct ConnectionLog {
    private let logger: Logger
    private var second = 0
    private var lines = 0
    private var omitted = 0

    /// The most lines per second of one event loop.
    private static let limit = 20

    init(_ logger: Logger) { self.logger = logger }

    /// - Parameter now: milliseconds of the loop's clock.
    mutating func write(_ message: String, _ details: [(String, String)], now: Int) {
        if now / 1000 != second {
            second = now / 1000
            lines = 0
        }
        lines += 1
        guard lines <= Self.limit else { return omitted += 1 }
        var metadata = Logger.Metadata(uniqueKeysWithValues: details.map { ($0.0, "\($0.1)") })
        if omitted > 0 { metadata["omitted"] = "\(omitted)" }
        omitted = 0
        logger.info("\(message)", metadata: metadata)
    }
}
