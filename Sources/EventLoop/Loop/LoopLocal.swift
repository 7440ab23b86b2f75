/// A value that belongs to one loop while others hold it: they can bring it back to that loop, and do nothing else with it.
@safe public final class LoopLocal<Value>: Sendable {
    /// The value; only touched on the loop's thread.
    nonisolated(unsafe) private let value: Value

    public init(_ value: Value) { unsafe self.value = value }

    /// Calls `body` with the value; must be called on the loop's thread.
    public func use<Result>(_ body: (Value) -> Result) -> Result { unsafe body(value) }
}
