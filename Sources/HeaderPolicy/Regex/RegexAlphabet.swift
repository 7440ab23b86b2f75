/// The classes of bytes that no instruction of several expressions tells apart.
struct RegexAlphabet {
    private(set) var classes = [UInt8](repeating: 0, count: 256)
    private(set) var width = 1
    /// The classes that each set is made of.
    private(set) var members: [ByteSet: [Int]] = [:]

    /// The number of bytes in each class.
    private var sizes = [256]

    init(_ sets: Set<ByteSet>) {
        for set in sets { if let byte = set.single { isolate(byte) } else { split(by: set) } }
        for set in sets { members[set] = set.single.map { [Int(classes[Int($0)])] } ?? classes(of: set) }
    }

    /// Gives a byte a class of its own.
    private mutating func isolate(_ byte: UInt8) {
        let old = Int(classes[Int(byte)])
        guard sizes[old] > 1 else { return }
        sizes[old] -= 1
        classes[Int(byte)] = newClass(size: 1)
    }

    /// Splits the classes that are only partly in a set.
    private mutating func split(by set: ByteSet) {
        var isSplit = [Bool](repeating: false, count: 256)
        for byte in UInt8.min...UInt8.max where !set.contains(byte) { isSplit[Int(classes[Int(byte)])] = true }
        var inside: [UInt8?] = Array(repeating: nil, count: 256)
        for byte in UInt8.min...UInt8.max where set.contains(byte) {
            let old = Int(classes[Int(byte)])
            guard isSplit[old] else { continue }
            let new = inside[old] ?? newClass(size: 0)
            inside[old] = new
            sizes[old] -= 1
            sizes[Int(new)] += 1
            classes[Int(byte)] = new
        }
    }

    private mutating func newClass(size: Int) -> UInt8 {
        sizes.append(size)
        width += 1
        return UInt8(truncatingIfNeeded: width - 1)
    }

    private func classes(of set: ByteSet) -> [Int] {
        var found = [Bool](repeating: false, count: width)
        for byte in UInt8.min...UInt8.max where set.contains(byte) { found[Int(classes[Int(byte)])] = true }
        return found.indices.filter { found[$0] }
    }
}
