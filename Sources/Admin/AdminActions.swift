package import ProxyCore

/// The queries and actions that the admin listener offers.
package struct AdminActions: Sendable {
    /// Reloads the configuration. Nil when it is in force, otherwise why it is not, one line per reason.
    package var reload: @Sendable () async -> [String]?
    /// The log level; `setLogLevel` changes it, and returns false for an unknown level.
    package var logLevel: @Sendable () -> String
    package var setLogLevel: @Sendable (String) -> Bool

    /// The counts so far; `process` has the facts about the process.
    package var metrics: @Sendable () async -> MetricsSnapshot
    package var process: @Sendable () -> ProcessFacts

    package init(
        reload: @escaping @Sendable () async -> [String]?, logLevel: @escaping @Sendable () -> String,
        setLogLevel: @escaping @Sendable (String) -> Bool, metrics: @escaping @Sendable () async -> MetricsSnapshot,
        process: @escaping @Sendable () -> ProcessFacts
    ) {
        self.reload = reload
        self.logLevel = logLevel
        self.setLogLevel = setLogLevel
        self.metrics = metrics
        self.process = process
    }
}
