import HTTPModel

/// Splits a program's output into lines of text.
struct OutputLines {
    private var line: [UInt8] = []

    /// The most bytes of a line; a longer one is split.
    static let limit = 16 << 10

    /// Takes more bytes and returns the lines that they complete.
    mutating func take(_ bytes: Span<UInt8>) -> [String] {
        var lines: [String] = []
        for index in bytes.indices {
            if bytes[index] != UInt8(ascii: "\n") { line.append(bytes[index]) }
            if bytes[index] == UInt8(ascii: "\n") || line.count >= Self.limit { lines.append(end()) }
        }
        return lines
    }

    /// Returns the incomplete last line, if there is one.
    mutating func finish() -> String? { line.isEmpty ? nil : end() }

    private mutating func end() -> String {
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        defer { line.removeAll(keepingCapacity: true) }
        return Self.withoutColors(String(decoding: line, as: UTF8.self))
    }

    /// Removes colour codes such as `ESC [ 1 ; 31 m`: some programs, like Werkzeug, write them wherever their output goes.
    private static func withoutColors(_ text: String) -> String {
        let pieces = text.split(at: "\u{1B}[")
        return pieces.dropFirst().reduce(into: String(pieces.first ?? "")) { plain, piece in
            let rest = piece.drop { $0.isASCII && $0.isNumber || $0 == ";" }
            plain += rest.first == "m" ? String(rest.dropFirst()) : "\u{1B}[\(piece)"
        }
    }
}
