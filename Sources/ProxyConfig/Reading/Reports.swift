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
            case .rate: collector.rate = integer(node, for: name, in: key.bounds) ?? collector.rate
            case .totalRate: collector.totalRate = integer(node, for: name, in: key.bounds) ?? collector.totalRate
            case .body: collector.body = bounded(node, name, key.bounds) ?? collector.body
            }
        }
        return collector
    }
}
