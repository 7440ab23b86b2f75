import EventLoop

enum Environment {
    /// The environment variables of this process. They are read once, because that takes a noticeable part of the start-up time.
    static let current = ProcessEnvironment.variables()
}
