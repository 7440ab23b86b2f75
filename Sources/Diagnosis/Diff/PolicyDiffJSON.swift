import ProxyCore

extension PolicyDiff {
    /// For programs: allowed differences too, marked.
    package func json(of origin: String, old: String, new: String) -> JSONText {
        .object([
            ("old", .text(old)), ("new", .text(new)), ("traffic", .text(origin)), ("exchanges", .number(exchanges)),
            ("differing", .number(differing)), ("unexpected", .number(unexpected.count)),
            ("unasked", .object(unasked.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) })),
            (
                "unseen",
                .list(unseen.map { .object([("rule", .text($0.text)), ("place", .text($0.place))]) })
            ),
            ("differences", .list(entries.map(json))),
        ])
    }

    private func json(_ entry: Entry) -> JSONText {
        .object([
            ("part", .text(entry.part.rawValue)), ("field", .text(entry.field)), ("change", .text(entry.change.rawValue)),
            ("route", .text(entry.route)), ("count", .number(entry.count)),
            ("of", .number(entry.part == .setting ? 0 : exchangesOn[entry.route] ?? 0)),
            ("loss", .flag(entry.isLoss)), ("allowed", .flag(entry.isAllowed)),
            (
                "examples",
                .list(
                    entry.examples.map {
                        .object([
                            ("old", .texts($0.old)), ("new", .texts($0.new)), ("count", .number($0.count)),
                            ("request", .text($0.request)),
                        ])
                    })
            ),
            ("more", .flag(entry.hasMore)),
        ])
    }
}
