import HeaderPolicy
import ProxyConfig

/// One directive of an nginx configuration, as it is written: quotes are gone, variables are not filled in.
struct NginxDirective: Sendable {
    var name: String
    var arguments: [String] = []
    /// What stands between its braces; nil for a directive that ends with a semicolon.
    var block: [NginxDirective]?
    var location: SourceLocation

    /// The text of an argument, empty where there is none.
    subscript(index: Int) -> String { arguments.indices.contains(index) ? arguments[index] : "" }

    /// As it is written, on one line, for comments.
    var text: String {
        let words = ([name] + arguments).map { $0.isEmpty || $0.contains(" ") ? "\"\($0)\"" : $0 }
        return words.joined(separator: " ").abbreviated
    }

    /// `nginx.conf:12`, as comments name it.
    var place: String { "\(location.file):\(location.line)" }
}

extension [NginxDirective] {
    /// The directives of that name, in order.
    func named(_ name: String) -> [NginxDirective] { filter { $0.name == name } }
}
