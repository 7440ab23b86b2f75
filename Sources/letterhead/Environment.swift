import EventLoop

enum Environment {
    /// The variables that this process was started with, read once: it takes long enough to be seen in the time to start.
    static let current = ProcessEnvironment.variables()
}
