package import ProxyCore

/// What the admin listener can ask for and have done.
package struct AdminActions: Sendable {
    /// Reads the configuration again. Nil when it is in force; else why it is not, a line for each reason.
    package var reload: @Sendable () async -> [String]?
    /// The level of the log, and a way to set it; false for a word that is no level.
    package var logLevel: @Sendable () -> String
    package var setLogLevel: @Sendable (String) -> Bool

    /// What was counted, and how the process is.
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
