import HeaderPolicy
import ProxyConfig
package import ProxyCore

/// What `check --grade` says.
extension Grade {
    /// For people; ends with a newline.
    package static func text(of configuration: CompiledConfiguration) -> String {
        var lines: [String] = []
        let results = results(of: configuration)
        func name(_ route: Int) -> String {
            let location = configuration.source.routes[route].location
            return "route \(route + 1) [\(location.file):\(location.line)]"
        }
        for result in results.graded {
            let score = result.score
            lines.append("\(name(result.route)): \(score.letter) (\(score.points))")
            for mark in score.marks where mark.points != 0 {
                let limit = mark.points > 0 && !score.countsBonus ? ", counted from 90 on" : ""
                lines.append("  \(mark.text) (\(mark.points > 0 ? "+" : "")\(mark.points)\(limit))")
            }
        }
        for route in results.ungraded {
            lines.append("\(name(route)): not graded, because no GET for a page was found that it takes")
        }
        lines.append(
            "by the rules of MDN's HTTP Observatory \(Observatory.version); left out: "
                + allLeftOut(configuration).joined(separator: "; "))
        return lines.map { $0 + "\n" }.joined()
    }

    /// For programs.
    package static func json(of configuration: CompiledConfiguration) -> JSONText {
        let results = results(of: configuration)
        let routes = results.graded.map { result -> JSONText in
            let (place, score) = (configuration.source.routes[result.route].location, result.score)
            let marks = score.marks.filter { $0.points != 0 }
            return .object([
                ("route", .number(result.route + 1)), ("file", .text(place.file)), ("line", .number(place.line)),
                ("grade", .text(score.letter)), ("points", .number(score.points)), ("counts_bonus", .flag(score.countsBonus)),
                (
                    "marks",
                    .list(marks.map { .object([("text", .text($0.text)), ("points", .number($0.points))]) })
                ),
            ])
        }
        return .object([
            ("rules", .text("MDN HTTP Observatory \(Observatory.version)")), ("left_out", .texts(allLeftOut(configuration))),
            ("routes", .list(routes)), ("ungraded", .list(results.ungraded.map { .number($0 + 1) })),
        ])
    }

    private static func allLeftOut(_ configuration: CompiledConfiguration) -> [String] {
        leftOut + (tellsRedirection(configuration) ? [] : [redirectionLeftOut])
    }
}
