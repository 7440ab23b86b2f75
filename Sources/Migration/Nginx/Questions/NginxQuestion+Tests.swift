import HTTPModel
import ProxyConfig

/// The tests that stand for questions about a variable of nginx.
extension NginxQuestion {
    static func test(_ variable: String, equals values: [String]) -> NginxTest? {
        switch variable {
        case "request_method": return NginxTest(subject: .methods(values))
        case "scheme": return values.count == 1 ? NginxTest(subject: .scheme(values[0])) : nil
        case "server_port":
            let schemes = ["80": "http", "443": "https"]
            return values.count == 1 ? schemes[values[0]].map { NginxTest(subject: .scheme($0)) } : nil
        case "https":
            if values == [""] { return NginxTest(subject: .scheme("http")) }
            return values.count == 1 ? NginxTest(subject: .scheme("https")) : nil
        case "ssl_protocol", "ssl_cipher": return values == [""] ? NginxTest(subject: .scheme("http")) : nil
        case "host": return NginxTest(subject: .hosts(values))
        case "uri", "document_uri", "request_uri":
            guard values.allSatisfy({ $0.hasPrefix("/") && !$0.contains("?") }) else { return nil }
            let expression = values.map { "^\(NginxExpression.escaped($0))$" }.joined(separator: "|")
            return NginxTest(subject: .path(values.count == 1 ? NginxValues.path(exactly: values[0]) : "regex:\(expression)"))
        case "remote_addr", "realip_remote_addr": return NginxTest(subject: .clients(values))
        case "status", "upstream_status": return NginxTest(subject: .statuses(values))
        default: break
        }
        guard let subject = subject(variable) else { return test(cookie: variable, equals: values) }
        let decoded = variable.hasPrefix("arg_") ? values.compactMap(decoded) : values
        guard decoded.count == values.count else { return nil }
        let isEmpty = values == [""]
        // A field without a value is also empty; no browser sends such an `Origin`.
        let isThere = NginxTest.Value.matches(NginxTest.anything)
        let value: NginxTest.Value = !isEmpty ? .equals(decoded) : variable == "http_origin" ? .absent : isThere
        let test = NginxTest(subject: subject(value))
        return isEmpty && value == isThere ? test.negated : test
    }

    /// Returns the ways of a match. For nginx a missing field is empty, and some expressions match that.
    static func ways(_ variable: String, matches expression: String) -> [Way]? {
        if variable == "request_method" { return methods(matching: expression) }
        if variable == "host", NginxTexts.wantsUpperCase(expression) { return [Way(when: .always, isTrue: false)] }
        guard let test = test(variable, matches: expression) else { return nil }
        guard let subject = subject(variable), NginxExpression.matches(expression, "") else { return split(test) }
        let absent = NginxTest(subject: subject(.absent))
        guard let other = NginxCondition(absent.negated).and(test.negated) else { return nil }
        return [Way(when: NginxCondition(absent), isTrue: true), Way(when: NginxCondition(test), isTrue: true)]
            + [Way(when: other, isTrue: false)]
    }

    /// The methods that nginx knows, of which an expression may match several.
    private static let methods = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "MKCOL", "COPY", "MOVE", "PROPFIND",
        "PROPPATCH", "LOCK", "UNLOCK",
    ]

    /// Returns the ways of `^(GET|HEAD)$` and the like. If an expression is no list of names, as `^P`, its result for methods
    /// that nginx does not know is unknown.
    private static func methods(matching expression: String) -> [Way] {
        let text = expression.hasPrefix("(?i)") ? expression.dropFirst(4).uppercased() : expression
        let taken = methods.filter { NginxExpression.matches(expression, $0) }
        let named = NginxValues.alternatives(text)
        if let named, text.hasPrefix("^") && text.hasSuffix("$") { return split(NginxTest(subject: .methods(named))) }
        let others = named?.filter { !taken.contains($0) } ?? []
        if named != nil, !others.contains(where: { part in taken.contains { $0.contains(text: part) } }) {
            return split(NginxTest(subject: .methods(taken + others)))
        }
        var ways: [Way] = []
        let unknown = NginxTest(subject: .unknown("$request_method ~ \(expression)"))
        var left = NginxCondition.always
        for (names, isTrue) in [(taken, true), (methods.filter { !taken.contains($0) }, false)] where !names.isEmpty {
            let test = NginxTest(subject: .methods(names))
            ways.append(Way(when: NginxCondition(test), isTrue: isTrue))
            left = left.and(test.negated) ?? left
        }
        return ways
            + split(unknown).compactMap { way in left.and(way.when).map { Way(when: $0, isTrue: way.isTrue) } }
    }

    private static func test(_ variable: String, matches expression: String) -> NginxTest? {
        switch variable {
        case "uri", "document_uri": return NginxTest(subject: .path("regex:\(expression)"))
        case "request_uri" where NginxExpression.isOfPaths(expression) || NginxExpression.isMeantForPaths(expression):
            return NginxTest(subject: .path("regex:\(expression)"))
        case "host":
            // nginx compares with the name in small letters.
            guard expression.hasPrefix("(?i)") || !NginxTexts.namesUpperCase(expression) else { return nil }
            return NginxTest(subject: .request("Host", .matches(NginxValues.host(expression))))
        case "scheme":
            let schemes = ["http", "https"].filter { NginxExpression.matches(expression, $0) }
            return schemes.count == 1 ? NginxTest(subject: .scheme(schemes[0])) : nil
        case "https":
            let isSecure = NginxExpression.matches(expression, "on")
            guard isSecure != NginxExpression.matches(expression, "") else { return nil }
            return NginxTest(subject: .scheme(isSecure ? "https" : "http"))
        default: break
        }
        // nginx looks for it in what is still encoded.
        if variable.hasPrefix("arg_"), expression.contains("%") || expression.contains(text: "\\+") { return nil }
        return subject(variable).map { NginxTest(subject: $0(.matches(expression))) }
    }

    /// Returns what a parameter of the query says that is written like this; nil where no text of a configuration says the same.
    private static func decoded(_ text: String) -> String? {
        let written = text.utf8.map { $0 == 0x2B ? 0x20 : $0 }
        guard let bytes = [UInt8](percentDecoding: written.span), !bytes.contains(0x25) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Returns what is tested of `$http_x_a`, `$arg_x` and similar variables.
    static func subject(_ variable: String) -> ((NginxTest.Value) -> NginxTest.Subject)? {
        func rest(_ prefix: String) -> String? {
            variable.hasPrefix(prefix) && variable != prefix ? String(variable.dropFirst(prefix.count)) : nil
        }
        if variable == "content_type" { return { .request("Content-Type", $0) } }
        if let name = rest("http_").map(NginxVariables.fieldName) { return { .request(name, $0) } }
        if let name = rest("sent_http_").map(NginxVariables.fieldName) { return { .response(name, $0) } }
        if let name = rest("upstream_http_").map(NginxVariables.fieldName) {
            return { .response(NginxUnchanged.prefix + name, $0) }
        }
        return rest("arg_").map { name in { .query(name, $0) } }
    }

    /// Returns the start of an expression for a cookie, whose name nginx compares without case; nil for any other variable.
    static func cookie(_ variable: String) -> String? {
        guard variable.hasPrefix("cookie_"), variable != "cookie_" else { return nil }
        return "(^|[;,] *)\(NginxExpression.escaped(String(variable.dropFirst(7)))) *= *"
    }

    private static func test(cookie variable: String, equals values: [String]) -> NginxTest? {
        guard let name = cookie(variable) else { return nil }
        if values == [""] { return NginxTest(subject: .request("Cookie", .matches("(?i)\(name)[^; ]"))).negated }
        let words = values.map(NginxExpression.escaped).joined(separator: "|")
        // The value is compared with case, unlike the name.
        let start = words.contains(where: \.isLetter) ? NginxTexts.inAnyCase(name) : "(?i)\(name)"
        return NginxTest(subject: .request("Cookie", .matches("\(start)(?:\(words))(;|$)")))
    }
}
