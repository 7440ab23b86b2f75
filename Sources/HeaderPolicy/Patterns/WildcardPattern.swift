/// A text in which `*` is any run of bytes. Case counts.
public struct WildcardPattern: Sendable {
    let bytes: [UInt8]

    public init(_ text: String) { bytes = Array(text.utf8) }

    public func matches(_ text: Span<UInt8>) -> Bool {
        var (position, index) = (0, 0)
        var star: (after: Int, from: Int)?
        while index < text.count {
            if position < bytes.count, bytes[position] == 0x2A {
                position &+= 1
                star = (position, index)
            } else if position < bytes.count, bytes[position] == text[index] {
                position &+= 1
                index &+= 1
            } else if let last = star {
                star = (last.after, last.from &+ 1)
                (position, index) = (last.after, last.from &+ 1)
            } else {
                return false
            }
        }
        while position < bytes.count, bytes[position] == 0x2A { position &+= 1 }
        return position == bytes.count
    }
}
