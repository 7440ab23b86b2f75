import HTTPModel
import Testing

@testable import HeaderPolicy

@Suite("Rules by path")
struct PathIndexTests {
    /// The rules that an index visits for a path, in order.
    static func visited(_ index: PathIndex, _ path: String) -> [Int] {
        var cursors: [Range<Int>] = []
        var walk = index.walk(Array(path.utf8).span, &cursors)
        var rules: [Int] = []
        while let rule = walk.next(in: index, &cursors) { rules.append(rule) }
        return rules
    }

    @Test("An index visits every rule that matches, once, in order, and few others")
    func agrees() throws {
        let segments = ["a", "b", "ab", "*", "a*", "**"]
        var patterns = [try PathPattern("/"), try PathPattern("/**"), try PathPattern("/a/")]
        for first in segments {
            for second in segments where first != "**" {
                patterns.append(try PathPattern("/\(first)/\(second)"))
            }
            patterns.append(try PathPattern("/\(first)"))
        }
        var state: UInt64 = 7
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return Int(state >> 33) % bound
        }
        let paths = ["", "*", "/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/ab/a", "/b/a/", "/c", "/c/c/c", "/aXb/ab"]
        for _ in 0..<200 {
            let rules = (0..<random(40)).map { _ in (0..<random(4)).map { _ in patterns[random(patterns.count)] } }
            let index = PathIndex(paths: rules)
            for path in paths {
                let bytes = Array(path.utf8)
                let matching = rules.indices.filter { rule in
                    rules[rule].isEmpty || rules[rule].contains { $0.matches(bytes.span) }
                }
                let visited = Self.visited(index, path)
                #expect(visited == Set(visited).sorted(), "each once, in order")
                #expect(Set(visited).isSuperset(of: matching), "\(path)")
            }
        }
    }

    @Test("A thousand rules on a thousand paths: only those of the path are visited")
    func thousand() throws {
        let index = PathIndex(
            paths: try (0..<1000).map { [try PathPattern($0 % 2 == 0 ? "/p\($0)" : "/p\($0)/**")] } + [[]])
        #expect(Self.visited(index, "/p7/x") == [7, 1000])
        #expect(Self.visited(index, "/p8") == [8, 1000])
        #expect(Self.visited(index, "/p8/") == [1000])
        #expect(Self.visited(index, "/" + String(repeating: "x/", count: 8000)) == [1000])
    }
}
