import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

@testable import Diagnosis

/// The first route that covers another one is found through an index, and is the one that comparing with all finds.
@Suite struct RouteCoverTests {
    static func route(
        _ paths: [String], hosts: [String] = [], methods: [String] = [], listeners: [String] = [], isConditional: Bool = false
    ) -> Route {
        let place = SourceLocation(file: "a", line: 1, column: 1)
        var route = Route(.upstream("app"), location: place)
        func located(_ texts: [String]) -> [Located<String>] { texts.map { Located($0, at: place) } }
        (route.paths, route.hosts, route.methods, route.listeners) = (
            located(paths), located(hosts), located(methods), located(listeners)
        )
        if isConditional { route.condition = Condition(location: place) }
        return route
    }

    /// What the index has to find, said plainly.
    static func covers(_ first: Route, _ second: Route) -> Bool {
        func values(_ texts: [Located<String>]) -> Set<String> { Set(texts.map { $0.value.lowercased() }) }
        func takes(_ first: [Located<String>], _ second: [Located<String>]) -> Bool {
            first.isEmpty || (!second.isEmpty && values(first).isSuperset(of: values(second)))
        }
        guard first.condition == nil, !first.paths.isEmpty, !second.paths.isEmpty,
            first.paths.map(\.value) != second.paths.map(\.value), takes(first.listeners, second.listeners),
            takes(first.hosts, second.hosts), takes(first.methods, second.methods)
        else { return false }
        return second.paths.allSatisfy { path in
            first.paths.contains { wide in
                guard wide.value.hasSuffix("/**"), wide.value != "/**", !wide.value.dropLast(3).contains("*") else {
                    return wide.value == path.value
                }
                let start = wide.value.dropLast(3)
                return path.value == start || path.value.hasPrefix(start + "/")
            }
        }
    }

    @Test(arguments: 0..<30) func agreesWithComparingAll(_ seed: Int) {
        var generator = SplitMix64(seed: UInt64(seed))
        func some(of choices: [String], atMost: Int) -> [String] {
            func random(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }
            return (0..<random(atMost + 1)).map { _ in choices[random(choices.count)] }
        }
        let paths = [
            "/**", "/a/**", "/a", "/a/b", "/a/b/**", "/a/*/c", "/a/*/**", "/b/**", "/b", "/ab", "/a/b/c", "/", "regex:^/a",
        ]
        let routes = (0..<60).map { _ in
            Self.route(
                some(of: paths, atMost: 3), hosts: some(of: ["a.test", "A.test", "b.test"], atMost: 2),
                methods: some(of: ["GET", "PUT"], atMost: 1), listeners: some(of: ["in", "out"], atMost: 1),
                isConditional: some(of: ["yes"], atMost: 4).count == 4)
        }
        var cover = RouteCover()
        for (number, route) in routes.enumerated() {
            let expected = routes[..<number].firstIndex { Self.covers($0, route) }
            #expect(cover.cover(of: route) == expected, "route \(number)")
        }
    }

    /// Each of these would be compared with all before it by who has no index.
    @Test(
        arguments: [
            { route(["/place-\($0)/**"]) }, { route(["/place-\($0)"]) }, { route(["/**"], hosts: ["h\($0).example"]) },
            { route(["/same/**"], hosts: ["h\($0).example"]) }, { route(["/*/p\($0)"]) }, { route(["regex:^/p\($0)"]) },
            { route(["/same", "/p\($0)"], methods: ["GET"]) }, { _ in route(["/same/**"]) }, { route(["/a/b/c/d\($0)/**"]) },
        ] as [@Sendable (Int) -> Route])
    func comparesFew(_ form: @Sendable (Int) -> Route) {
        var comparisons: [Int] = []
        for count in [1_000, 2_000] {
            var cover = RouteCover()
            for number in 0..<count { _ = cover.cover(of: form(number)) }
            comparisons.append(cover.comparisons)
        }
        #expect(comparisons[1] <= 2 * 2_000 && comparisons[1] <= 2 * comparisons[0] + 10)
    }
}
