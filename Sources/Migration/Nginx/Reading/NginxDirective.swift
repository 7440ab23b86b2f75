import HeaderPolicy
import ProxyConfig

/// One directive of an nginx configuration as it is written, with quotes removed but variables kept.
struct NginxDirective: Sendable {
    var name: String
    var arguments: [String] = []
    /// The contents of its braces; nil for a directive that ends with a semicolon.
    var block: [NginxDirective]?
    var location: SourceLocation

    /// The text of an argument; empty when there is none.
    subscript(index: Int) -> String { arguments.indices.contains(index) ? arguments[index] : "" }

    /// The directive as it is written, on one line, for comments.
    var text: String {
        let words = ([name] + arguments).map { $0.isEmpty || $0.contains(" ") ? "\"\($0)\"" : $0 }
        return words.joined(separator: " ").abbreviated
    }

    /// The place in the form `nginx.conf:12`, for comments.
    var place: String { "\(location.file):\(location.line)" }
}

extension [NginxDirective] {
    /// Returns the directives with that name, in order.
    func named(_ name: String) -> [NginxDirective] { filter { $0.name == name } }
}
