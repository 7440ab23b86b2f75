import Logging
import ProxyCore
import Synchronization

/// The log level of the whole process, which can be changed at run time.
enum LogLevel {
    private static let current = Atomic<Int>(index(of: .info))

    static var value: Logger.Level { Logger.Level.allCases[current.load(ordering: .relaxed)] }

    static func set(_ level: Configuration.LogLevel) { set(Logger.Level(rawValue: level.rawValue) ?? .info) }

    static func set(_ level: Logger.Level) { current.store(index(of: level), ordering: .relaxed) }

    private static func index(of level: Logger.Level) -> Int { Logger.Level.allCases.firstIndex(of: level) ?? 0 }
}
