/// Something that belongs to one loop, in the hands of others: they can bring it back, and nothing else.
@safe final class LoopLocal<Value>: Sendable {
    /// Touched on the loop's thread alone.
    nonisolated(unsafe) private let value: Value

    init(_ value: Value) { unsafe self.value = value }

    /// To be called on the loop's thread.
    func use<Result>(_ body: (Value) -> Result) -> Result { unsafe body(value) }
}
