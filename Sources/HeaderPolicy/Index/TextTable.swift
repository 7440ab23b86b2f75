import HTTPModel

/// A hash table from byte strings, each in one of several scopes, to numbers. It is asked with a hash that grows byte by
/// byte while a text is walked. Built once, then only read; open addressing, at most half full.
public struct TextTable: Sendable {
    public struct Key: Hashable {
        public var scope: Int
        public var text: [UInt8]

        public init(scope: Int, text: [UInt8]) {
            self.scope = scope
            self.text = text
        }
    }

    private struct Entry: Sendable {
        var hash: UInt64
        var scope: Int
        var text: Range<Int>
        var value: Int
    }

    private var entries: [Entry] = []
    private var bytes: [UInt8] = []
    /// Places in `entries`, from 1; 0 is free.
    private var slots: [Int]

    private static let noSlots = [0]

    /// The hash of no bytes.
    @inlinable
    public static func seed(_ scope: Int) -> UInt64 { 0xCBF2_9CE4_8422_2325 &+ UInt64(truncatingIfNeeded: scope) }

    /// The hash of one byte more (FNV-1a).
    @inlinable
    public static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }

    /// - Parameter backwards: look-ups walk their text from its end.
    public init(_ values: [Key: Int], backwards: Bool = false) {
        // Most of many tables are empty: those share their storage.
        guard !values.isEmpty else {
            slots = Self.noSlots
            return
        }
        var size = 2
        while size < values.count * 2 { size *= 2 }
        slots = Array(repeating: 0, count: size)
        for (key, value) in values {
            let hash = (backwards ? key.text.reversed() : key.text).reduce(Self.seed(key.scope), Self.step)
            let text = bytes.count..<bytes.count + key.text.count
            entries.append(Entry(hash: hash, scope: key.scope, text: text, value: value))
            bytes.append(contentsOf: key.text)
            var slot = slot(hash)
            while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = entries.count
        }
    }

    public var isEmpty: Bool { entries.isEmpty }

    /// The number of a text in a scope.
    ///
    /// - Parameter hash: of the text, folded to lower case where case is ignored; the keys are in lower case then.
    public func value(hash: UInt64, of text: Span<UInt8>, in scope: Int, ignoringCase: Bool = false) -> Int? {
        var slot = slot(hash)
        while slots[slot] != 0 {
            let entry = entries[slots[slot] &- 1]
            if entry.hash == hash, entry.scope == scope {
                let key = bytes.span.extracting(entry.text)
                if ignoringCase ? key.equalsIgnoringCase(text) : key.equals(text) { return entry.value }
            }
            slot = (slot &+ 1) & (slots.count &- 1)
        }
        return nil
    }

    /// The same of a text that has not been walked.
    public func value(of text: Span<UInt8>, in scope: Int = 0) -> Int? {
        guard !entries.isEmpty else { return nil }
        var hash = Self.seed(scope)
        for index in text.indices { hash = Self.step(hash, text[index]) }
        return value(hash: hash, of: text, in: scope)
    }

    private func slot(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: hash ^ hash >> 32) & (slots.count &- 1)
    }
}
