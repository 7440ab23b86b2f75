import ProxyCore

extension Reading {
    /// `reports:` of a route — its limits; with nothing in it, the defaults.
    func reportCollector(_ node: Node) -> ReportCollector? {
        guard let table = Table<ReportsKey>(node, self, for: "`reports`") else { return nil }
        var collector = ReportCollector()
        for key in table.keys {
            guard let node = table[key] else { continue }
            let name = "`\(key.rawValue)`"
            switch key {
            case .rate: collector.rate = integer(node, for: name, in: 1...100_000) ?? collector.rate
            case .totalRate: collector.totalRate = integer(node, for: name, in: 1...100_000) ?? collector.totalRate
            case .body: collector.body = bounded(node, name, 1 << 10, 1 << 20) ?? collector.body
            }
        }
        return collector
    }
}

enum ReportsKey: String, Keys {
    case rate, body
    case totalRate = "total_rate"

    static let section = "reports"
    static let foreign = [
        "limit": "say `rate` for requests a second, `body` for bytes", "size": "say `body`", "max_size": "say `body`",
        "total": "say `total_rate`", "path": "say `path` in the route itself",
    ]
}
