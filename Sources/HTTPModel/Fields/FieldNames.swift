/// The field names with an ID: the listed ones, and those that the configuration adds.
///
/// The table is immutable once the configuration is compiled; a parser asks it for the ID of every field that it reads. A lookup
/// ignores case, hashes the last eight bytes of the name and compares at most a few candidates, so a hostile name costs no more
/// than any other.
public struct FieldNames: Sendable {
    /// A slot of the table; free if the ID is 0.
    @usableFromInline
    struct Slot: Sendable {
        /// The last eight bytes in lower case, or all of them if there are fewer.
        @usableFromInline var key: UInt64
        /// The offset of the name in `folded`.
        @usableFromInline var start: UInt32
        @usableFromInline var length: UInt16
        @usableFromInline var id: UInt16

        @usableFromInline
        init(key: UInt64, start: Int, length: Int, id: Int) {
            self.key = key
            self.start = UInt32(truncatingIfNeeded: start)
            self.length = UInt16(truncatingIfNeeded: length)
            self.id = UInt16(truncatingIfNeeded: id)
        }
    }

    /// The slots of a hash table with open addressing: a power of two in number, and at most half full.
    @usableFromInline var slots: [Slot]
    /// All names in lower case, one after the other.
    @usableFromInline var folded: [UInt8] = []
    private var spellings: [String] = [""]

    /// Makes a table of the listed names alone.
    public init() {
        slots = Array(repeating: Slot(key: 0, start: 0, length: 0, id: 0), count: 512)
        for name in FieldID.listed { _ = intern(name) }
    }

    /// A shared table of the listed names, so that it is not built again.
    public static let standard = FieldNames()

    /// The number of names.
    public var count: Int { spellings.count - 1 }

    /// Returns the ID of a name, which is added if it is new. Returns `unknown` for an empty name, for one longer than
    /// `Fields.nameLimit`, and when 65,535 names are taken.
    public mutating func intern(_ name: String) -> FieldID {
        let bytes = Octet.lowercased(name)
        let found = id(of: bytes.span)
        if found != .unknown { return found }
        guard !bytes.isEmpty, bytes.count <= Fields.nameLimit, spellings.count < Int(UInt16.max) else { return .unknown }
        if spellings.count * 2 >= slots.count { grow() }
        let slot = Slot(key: Self.key(bytes.span), start: folded.count, length: bytes.count, id: spellings.count)
        place(slot)
        spellings.append(name)
        folded += bytes
        return FieldID(rawValue: slot.id)
    }

    /// The ID of a name in any case, or `unknown`.
    @inlinable
    public func id(of name: Span<UInt8>) -> FieldID {
        let key = Self.key(name)
        let mask = slots.count &- 1
        var index = Self.hash(key, name.count) & mask
        while true {
            let slot = slots[index]
            if slot.id == 0 { return .unknown }
            if slot.key == key, Int(slot.length) == name.count, name.count <= 8 || matches(name, Int(slot.start)) {
                return FieldID(rawValue: slot.id)
            }
            index = (index &+ 1) & mask
        }
    }

    /// The spelling under which a name was listed or first added; nil for `unknown`.
    public func spelling(of id: FieldID) -> String? {
        id == .unknown || Int(id.rawValue) >= spellings.count ? nil : spellings[Int(id.rawValue)]
    }

    /// Whether a name is the one at `start`; their last eight bytes are already known to be equal.
    @inlinable
    func matches(_ name: Span<UInt8>, _ start: Int) -> Bool {
        var candidate = folded.span.extracting(start..<start &+ name.count)
        var rest = name
        while rest.count > 8 {
            guard Word.lowercased(rest.firstWord) == candidate.firstWord else { return false }
            rest = rest.extracting(droppingFirst: 8)
            candidate = candidate.extracting(droppingFirst: 8)
        }
        return true
    }

    @inlinable
    static func key(_ name: Span<UInt8>) -> UInt64 {
        if name.count >= 8 { return Word.lowercased(name.extracting(last: 8).firstWord) }
        var word: UInt64 = 0
        for index in name.indices { word = word << 8 | UInt64(name[index]) }
        return Word.lowercased(word)
    }

    @inlinable
    static func hash(_ key: UInt64, _ length: Int) -> Int {
        let mixed = (key ^ UInt64(truncatingIfNeeded: length)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 40)
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: Slot(key: 0, start: 0, length: 0, id: 0), count: old.count * 2)
        for slot in old where slot.id != 0 { place(slot) }
    }

    private mutating func place(_ slot: Slot) {
        let mask = slots.count - 1
        var index = Self.hash(slot.key, Int(slot.length)) & mask
        while slots[index].id != 0 { index = (index + 1) & mask }
        slots[index] = slot
    }
}
