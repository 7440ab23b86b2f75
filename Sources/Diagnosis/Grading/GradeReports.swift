import HeaderPolicy
import ProxyConfig
package import ProxyCore

/// What `check --grade` says.
extension Grade {
    /// For people; ends with a newline.
    package static func text(of configuration: CompiledConfiguration) -> String {
        var lines: [String] = []
        for result in results(of: configuration) {
            let (route, score) = (configuration.source.routes[result.route], result.score)
            let place = "\(route.location.file):\(route.location.line)"
            lines.append("route \(result.route + 1) [\(place)]: \(score.letter) (\(score.points))")
            for mark in score.marks where mark.points != 0 {
                let limit = mark.points > 0 && !score.countsBonus ? ", counted from 90 on" : ""
                lines.append("  \(mark.text) (\(mark.points > 0 ? "+" : "")\(mark.points)\(limit))")
            }
        }
        lines.append(
            "by the rules of MDN's HTTP Observatory \(Observatory.version); left out: "
                + allLeftOut(configuration).joined(separator: "; "))
        return lines.map { $0 + "\n" }.joined()
    }

    /// For programs.
    package static func json(of configuration: CompiledConfiguration) -> JSONText {
        let routes = results(of: configuration).map { result -> JSONText in
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
            ("routes", .list(routes)),
        ])
    }

    private static func allLeftOut(_ configuration: CompiledConfiguration) -> [String] {
        leftOut + (tellsRedirection(configuration) ? [] : [redirectionLeftOut])
    }
}
