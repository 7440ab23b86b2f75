import HTTPModel

/// The last preflights that were seen, by what they asked for.
struct RecordedPreflights {
    private typealias Found = [WebURL: [(entry: RecordedExchange, request: RecordedRequest)]]

    private var recent: Found = [:]
    private var older: Found = [:]
    private var count = 0

    private static let limit = 1_000

    mutating func add(_ entry: RecordedExchange, _ request: RecordedRequest) {
        guard let url = request.url else { return }
        if count == Self.limit { (older, recent, count) = (recent, [:], 0) }
        recent[url, default: []].append((entry, request))
        count += 1
    }

    /// The one that asked for a request, as far as can be told: of several the nearest.
    func find(for entry: RecordedExchange, _ request: RecordedRequest) -> RecordedExchange? {
        guard count > 0 || !older.isEmpty, let url = request.url, request.mode == .cors else { return nil }
        var best: RecordedExchange?
        var names: Set<String>?
        for (preflight, asked) in (older[url] ?? []) + (recent[url] ?? []) {
            guard asked.askedMethod == entry.method || asked.askedMethod.isEmpty else { continue }
            let sent = names ?? Set(entry.requestFields.map { $0.name.lowercased() })
            names = sent
            guard sent.isEmpty || asked.askedNames.allSatisfy(sent.contains) else { continue }
            let isNearer = best.map { abs(preflight.number - entry.number) < abs($0.number - entry.number) }
            if isNearer ?? true { best = preflight }
        }
        return best
    }
}
