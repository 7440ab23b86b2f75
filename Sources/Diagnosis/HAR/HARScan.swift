import HeaderPolicy

/// Reads a HAR from beginning to end: each entry with its verdict, in their order.
package struct HARScan: ~Copyable {
    private var reader: HARReader
    private var judge: HARJudge
    private var isAtEnd = false
    /// The reason why the rest could not be read. Entries before it are judged all the same.
    package private(set) var error: HARError?

    /// - Parameters:
    ///   - page: the origin of the page, for entries that do not state it.
    ///   - source: overwrites the buffer with the next part of the file; returns the number of bytes, 0 at the end.
    package init(page: String? = nil, source: @escaping (inout [UInt8]) throws -> Int) {
        judge = HARJudge(page: page)
        reader = HARReader(source: source)
    }

    /// Returns the next entries; nil at the end.
    package mutating func next() -> [JudgedEntry]? {
        guard !isAtEnd else { return nil }
        while true {
            do throws(HARError) {
                guard let entry = try reader.next() else { break }
                let judged = judge.take(entry, pages: reader.pages)
                if !judged.isEmpty { return judged }
            } catch {
                self.error = error
                break
            }
        }
        isAtEnd = true
        return judge.finish()
    }
}

/// A pattern that selects entries of a HAR by their URL: `*` stands for anything; a text without one may be anywhere in the URL.
package struct URLPattern: Sendable {
    private let pattern: WildcardPattern

    package init(_ text: String) { pattern = WildcardPattern(text.utf8.contains(0x2A) ? text : "*\(text)*") }

    package func matches(_ url: String) -> Bool { pattern.matches(url.utf8.span) }
}
