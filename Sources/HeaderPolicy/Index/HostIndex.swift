import HTTPModel

/// Finds the numbers of a host's own name and of the wildcards that cover it, in one pass from the end of the name.
public struct HostIndex: Sendable {
    private let table: TextTable

    /// - Parameter names: names in lower case and without a closing dot; the name of a wildcard begins with a dot.
    public init(_ names: [[UInt8]: Int]) {
        table = TextTable(
            Dictionary(uniqueKeysWithValues: names.map { (TextTable.Key(scope: 0, text: $0.key), $0.value) }), backwards: true)
    }

    public var isEmpty: Bool { table.isEmpty }

    public func visit(_ host: Span<UInt8>, _ body: (Int) -> Void) {
        guard !table.isEmpty else { return }
        let end = Authority.withoutClosingDot(host).count
        var hash = TextTable.seed(0)
        var start = end
        while start > 0 {
            start &-= 1
            let byte = Octet.lowercased(host[start])
            hash = FNV.step(hash, byte)
            guard start == 0 || byte == 0x2E else { continue }
            // A host that is only a dot and a name is covered by no wildcard.
            if start == 0, byte == 0x2E { return }
            if let number = table.value(hash: hash, of: host.extracting(start..<end), in: 0, ignoringCase: true) { body(number) }
        }
    }
}
