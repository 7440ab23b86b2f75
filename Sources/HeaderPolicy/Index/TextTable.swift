import HTTPModel

/// A hash table from byte strings, each in one of several scopes, to numbers. It is queried with a hash that grows byte by byte
/// while a text is walked. It is built once and then only read, with open addressing and at most half full.
package struct TextTable: Sendable {
    package struct Key: Hashable {
        package var scope: Int
        package var text: [UInt8]

        package init(scope: Int, text: [UInt8]) {
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
    /// Indexes in `entries`, counted from 1; 0 means free.
    private var slots: [Int]

    private static let noSlots = [0]

    /// The hash of no bytes, which `FNV.step` continues.
    @inlinable
    package static func seed(_ scope: Int) -> UInt64 { FNV.start &+ UInt64(truncatingIfNeeded: scope) }

    /// - Parameter backwards: whether look-ups walk their text from its end.
    package init(_ values: [Key: Int], backwards: Bool = false) {
        // Most of the many tables are empty, so these share their storage.
        guard !values.isEmpty else {
            slots = Self.noSlots
            return
        }
        var size = 2
        while size < values.count * 2 { size *= 2 }
        slots = Array(repeating: 0, count: size)
        for (key, value) in values {
            let hash = (backwards ? key.text.reversed() : key.text).reduce(Self.seed(key.scope), FNV.step)
            let text = bytes.count..<bytes.count + key.text.count
            entries.append(Entry(hash: hash, scope: key.scope, text: text, value: value))
            bytes.append(contentsOf: key.text)
            var slot = slot(hash)
            while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = entries.count
        }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// Returns the number of a text in a scope; nil when it has none.
    ///
    /// - Parameter hash: the hash of the text, folded to lower case when case is ignored; the keys are in lower case then.
    package func value(hash: UInt64, of text: Span<UInt8>, in scope: Int, ignoringCase: Bool = false) -> Int? {
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

    /// Returns the number of a text that has not been hashed yet.
    package func value(of text: Span<UInt8>, in scope: Int = 0) -> Int? {
        guard !entries.isEmpty else { return nil }
        var hash = Self.seed(scope)
        for index in text.indices { hash = FNV.step(hash, text[index]) }
        return value(hash: hash, of: text, in: scope)
    }

    private func slot(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: hash ^ hash >> 32) & (slots.count &- 1)
    }
}
