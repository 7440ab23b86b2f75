import HTTPModel

/// Counts reports by violation. The number of different violations is limited, because anybody may send reports.
public struct ViolationTable: Sendable {
    /// The most different violations that are kept.
    public static let limit = 1_000

    public private(set) var counts: [Violation: Int] = [:]
    /// Reports about what extensions of browsers have put into pages.
    public private(set) var ofExtensions = 0
    /// Reports for which there was no room.
    public private(set) var omitted = 0

    public init() {}

    public mutating func add(_ violation: Violation, count: Int = 1) {
        guard counts[violation] != nil || counts.count < Self.limit else { return omitted &+= count }
        counts[violation, default: 0] &+= count
    }

    public mutating func add(_ report: Report) {
        noting { () throws(Violation.Noise) in try Violation(report) }
    }

    /// Returns whether the report was about a policy; those about extensions count.
    @discardableResult
    private mutating func noting(count: Int = 1, _ violation: () throws(Violation.Noise) -> Violation) -> Bool {
        do throws(Violation.Noise) {
            add(try violation(), count: count)
            return true
        } catch {
            if error == .ofExtension { ofExtensions &+= count }
            return error == .ofExtension
        }
    }

    /// The violations, beginning with the most frequent.
    public var sorted: [(violation: Violation, count: Int)] {
        counts.map { ($0.key, $0.value) }.sorted { left, right in
            if left.1 != right.1 { return left.1 > right.1 }
            let (a, b) = (left.0, right.0)
            return (a.directive, a.blocked, a.page, a.sample) < (b.directive, b.blocked, b.page, b.sample)
        }
    }
}

// MARK: As JSON, and from it

extension ViolationTable {
    /// Writes the table as the admin listener shows it and as `read` accepts it.
    public func write(into output: inout [UInt8]) {
        output.append(text: "{\"violations\":[")
        for (number, entry) in sorted.enumerated() {
            output.append(text: number == 0 ? "\n" : ",\n")
            let violation = entry.violation
            output.append(text: "{\"directive\":\(violation.directive.jsonQuoted),\"blocked\":\(violation.blocked.jsonQuoted)")
            output.append(text: ",\"page\":\(violation.page.jsonQuoted),\"sample\":\(violation.sample.jsonQuoted)")
            output.append(text: ",\"count\":\(entry.count)}")
        }
        output.append(text: "\n],\"of_extensions\":\(ofExtensions),\"omitted\":\(omitted)}\n")
    }

    /// Adds the contents of a file: such a table, reports as browsers send them, or lines of a log with reports among others.
    ///
    /// Returns how many reports there were.
    public mutating func read(_ text: [UInt8]) -> Int {
        if let value = JSONValue(text) { return add(value) }
        return text.split { $0 == 0x0A || $0 == 0x0D }.reduce(0) { count, line in
            guard let start = line.firstIndex(of: 0x7B), let value = JSONValue(Array(line[start...])) else { return count }
            return count + add(value)
        }
    }

    private mutating func add(_ value: JSONValue) -> Int {
        if case .array(let items) = value { return items.reduce(0) { $0 + add($1) } }
        if case .array(let items)? = value["violations"] {
            ofExtensions &+= min(value["of_extensions"]?.count ?? 0, 1_000_000_000)
            omitted &+= min(value["omitted"]?.count ?? 0, 1_000_000_000)
            return items.reduce(0) { $0 + add($1, "directive", "blocked", "page", "source") }
        }
        if value["message"]?.text.map({ $0.elementsEqual("report".utf8) }) == true {
            guard value["type"]?.text.map({ $0.elementsEqual("csp-violation".utf8) }) == true else { return 0 }
            return add(value, "effective_directive", "blocked_url", "document_url", "source_file")
        }
        let report = value["csp-report"] == nil ? Report(value) : Report.of(csp: value)
        guard let report else { return 0 }
        return noting { () throws(Violation.Noise) in try Violation(report) } ? 1 : 0
    }

    private mutating func add(
        _ value: JSONValue, _ directive: String, _ blocked: String, _ page: String, _ source: String
    ) -> Int {
        func text(_ name: String) -> String { value[name]?.text.map { String(decoding: $0, as: UTF8.self) } ?? "" }
        let count = min(max(value["count"]?.count ?? 1, 1), 1_000_000_000)
        let isRead = noting(count: count) { () throws(Violation.Noise) in
            try Violation(
                directive: text(directive), blocked: text(blocked), page: text(page), source: text(source), sample: text("sample")
            )
        }
        return isRead ? count : 0
    }
}
