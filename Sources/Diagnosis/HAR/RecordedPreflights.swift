import HTTPModel

/// The last preflights that were seen, by the URL that they asked for.
struct RecordedPreflights {
    private struct Preflight {
        var method: String
        var names: [String]
        var entry: RecordedExchange
    }

    private var recent: [WebURL: [Preflight]] = [:]
    private var older: [WebURL: [Preflight]] = [:]
    private var count = 0

    private static let limit = 1_000
    /// The most preflights that are kept for one URL.
    private static let addressLimit = 64

    mutating func add(_ entry: RecordedExchange, _ request: RecordedRequest) {
        guard let url = request.url else { return }
        if count == Self.limit { (older, recent, count) = (recent, [:], 0) }
        count += 1
        if recent[url]?.count == Self.addressLimit { recent[url]?.removeFirst() }
        let preflight = Preflight(method: request.askedMethod, names: request.askedNames, entry: entry)
        recent[url, default: []].append(preflight)
    }

    /// Returns the preflight for a request, as far as can be told: of several the nearest.
    func find(for entry: RecordedExchange, _ request: RecordedRequest) -> RecordedExchange? {
        guard request.mode == .cors, let url = request.url else { return nil }
        return Self.nearest(to: entry, among: recent[url]) ?? Self.nearest(to: entry, among: older[url])
    }

    private static func nearest(to entry: RecordedExchange, among found: [Preflight]?) -> RecordedExchange? {
        guard let found else { return nil }
        let sent = Set(entry.requestFields.map { $0.name.lowercased() })
        var best: Int?
        var distance = Int.max
        for index in found.indices {
            let between = abs(found[index].entry.number - entry.number)
            guard between <= distance, found[index].method == entry.method || found[index].method.isEmpty else { continue }
            // Chrome leaves Authorization out of what it exports, unless it is told to.
            let names = found[index].names.filter { $0 != "authorization" }
            guard sent.isEmpty || names.allSatisfy(sent.contains) else { continue }
            (best, distance) = (index, between)
        }
        return best.map { found[$0].entry }
    }
}

extension FetchResponse {
    /// Makes an answer to a preflight that allows everything that was asked.
    static func allowing(_ hop: FetchHop, _ credentials: PageFetch.Credentials) -> FetchResponse {
        var fields = [
            FieldText("Access-Control-Allow-Origin", hop.fields.combined("Origin") ?? ""),
            FieldText("Access-Control-Allow-Methods", hop.fields.combined("Access-Control-Request-Method") ?? ""),
            FieldText("Access-Control-Allow-Headers", hop.fields.combined("Access-Control-Request-Headers") ?? ""),
        ]
        if credentials == .include { fields.append(FieldText("Access-Control-Allow-Credentials", "true")) }
        return FetchResponse(status: 204, fields: fields)
    }
}
