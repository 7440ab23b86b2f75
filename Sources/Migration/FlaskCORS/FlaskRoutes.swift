import HTTPModel
import HeaderPolicy

/// Flask's routes, such as `/items/<int:id>`, translated to path patterns.
extension FlaskPaths {
    /// A variable of a route.
    struct Variable {
        let converter: String
        /// The text in the parentheses behind it.
        let arguments: String?

        init(_ text: Substring) {
            guard let colon = text.lastIndex(of: ":") else {
                (converter, arguments) = ("string", nil)
                return
            }
            let parts = text[..<colon].split(separator: "(", maxSplits: 1, omittingEmptySubsequences: false)
            converter = parts.first.map { $0.filter { $0 != " " } } ?? ""
            arguments = parts.count > 1 ? String(parts[1].prefix { $0 != ")" }) : nil
        }

        /// The rank of a segment with this variable: Flask tries routes with lower ranks first.
        var rank: Int {
            switch converter {
            case "int", "float": 2
            case "path": 5
            default: 3
            }
        }

        /// An expression for the values; nil when they are not known.
        var expression: String? {
            switch (converter, arguments) {
            case ("int", nil): "[0-9]+"
            case ("float", nil): "[0-9]+\\.[0-9]+"
            case ("path", nil): "[^/].*"
            case ("uuid", nil): "[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}"
            case ("string", nil): "[^/]+"
            case ("string", let arguments?): Self.length(arguments).map { "[^/]{\($0)}" }
            case ("any", let arguments?): Self.alternatives(arguments)
            default: nil
            }
        }

        private static func length(_ arguments: String) -> String? {
            var limits: [String: Int] = [:]
            for argument in arguments.split(separator: ",") {
                let parts = argument.split(separator: "=").map { $0.filter { $0 != " " } }
                guard parts.count == 2, let number = Int(parts[1]), (0...1_000).contains(number) else { return nil }
                limits[parts[0]] = number
            }
            if let length = limits["length"] { return "\(length)" }
            return "\(limits["minlength"] ?? 1),\(limits["maxlength"].map(String.init) ?? "")"
        }

        private static func alternatives(_ arguments: String) -> String? {
            let names = arguments.split(separator: ",").map { $0.filter { !" \"'".contains($0) } }
            let isPlain = names.allSatisfy { name in
                !name.isEmpty
                    && name.utf8.allSatisfy { Octet.isDigit($0) || (0x61...0x7A).contains($0 | 0x20) || "_-".utf8.contains($0) }
            }
            return isPlain && !names.isEmpty ? "(?:\(names.joined(separator: "|")))" : nil
        }
    }

    /// Translates a route. Fails for text that is not a path, and for variables whose values are not known.
    ///
    /// - Parameter covers: whether what is not known may be more than the route has.
    init?(route: String, covers: Bool = false) {
        guard route.hasPrefix("/") else { return nil }
        var pattern = ""
        var expression = ""
        var isPattern = !route.contains { "*?#%".contains($0) }
        var rest = Substring(route)
        while let next = rest.first {
            guard next == "<", let end = rest.firstIndex(of: ">") else {
                pattern.append(next)
                expression +=
                    next.isASCII && (next.isPunctuation || next.isSymbol) && !"/_-".contains(next) ? "\\\(next)" : "\(next)"
                rest.removeFirst()
                continue
            }
            let variable = Variable(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
            let isSegment = pattern.hasSuffix("/") && (rest.isEmpty || rest.hasPrefix("/"))
            switch (variable.converter, variable.arguments) {
            case ("path", nil) where isSegment && rest.isEmpty: pattern += "*/**"
            case ("string", nil) where isSegment: pattern += "*"
            default: isPattern = false
            }
            guard let values = variable.expression ?? (covers ? ".+" : nil) else { return nil }
            expression += values
        }
        self.init([isPattern ? pattern : "regex:^\(expression)$"])
    }
}
