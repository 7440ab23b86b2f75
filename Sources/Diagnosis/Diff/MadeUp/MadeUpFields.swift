import HTTPModel
import HeaderPolicy
import ProxyCore

/// Fields that the rules of two configurations look at, as an app and a client might send them.
struct MadeUpFields {
    /// The fields of an app's answer.
    private(set) var answer: [FieldText] = [FieldText("Server", "app"), FieldText("X-Powered-By", "app")]
    private(set) var request: [FieldText] = [
        FieldText("X-Request-ID", "made-up-request"), FieldText("Cookie", "session=made-up"),
    ]
    private var seen: Set<String> = ["server", "x-powered-by", "content-type", "set-cookie"]
    private var asked: Set<String> = ["x-request-id", "cookie", "host", "origin"]

    /// With more fields than that, an example is no better.
    private static let limit = 200

    init(_ configurations: [Configuration]) {
        for configuration in configurations {
            let scopes =
                configuration.listeners.map { ($0.requestHeaders, $0.responseHeaders) }
                + configuration.routes.map { ($0.requestHeaders, $0.responseHeaders) }
            for (request, response) in [(configuration.requestHeaders, configuration.responseHeaders)] + scopes {
                for rule in response { noteResponse(rule) }
                for rule in request { noteRequest(rule) }
            }
        }
        for cookie in ["plain=1", "hard=1; Path=/; Secure; HttpOnly; SameSite=Strict", "loose=1; Domain=example; SameSite=None"] {
            answer.append(FieldText("Set-Cookie", cookie))
        }
    }

    private mutating func noteResponse(_ rule: Rule) {
        for effect in rule.action.effects { add(effect.name.value) }
        if let policy = rule.action as? CookiePolicy {
            let prefixed = policy.prefix?.value == true ? ["__Host-id", "__Secure-id"] : []
            for name in policy.names.prefix(8).map({ $0.value.replacing("*", by: "x") }) + prefixed
            where answer.count < Self.limit {
                answer.append(FieldText("Set-Cookie", "\(name)=1"))
            }
        }
        if let policy = rule.action as? CORSPolicy {
            for name in ["Access-Control-Allow-Origin"] + policy.exposeHeaders.map(\.value) { add(name) }
        }
    }

    private mutating func noteRequest(_ rule: Rule) {
        if let policy = rule.action as? CookiePolicy {
            let pairs = policy.names.prefix(8).map { $0.value.replacing("*", by: "x") + "=1" }
            request.add(FieldText("Cookie", (pairs + ["kept=1"]).joined(separator: "; ")))
            return
        }
        for effect in rule.action.effects where request.count < Self.limit {
            let name = effect.name.value
            let field = name.hasSuffix("*") ? name.dropLast() + "Sample" : name
            if Fields.isName(field.utf8.span), asked.insert(field.lowercased()).inserted {
                request.append(FieldText(field, "from-the-client"))
            }
        }
    }

    private mutating func add(_ name: String) {
        let name = name.hasSuffix("*") ? name.dropLast() + "Sample" : name
        guard answer.count < Self.limit, Fields.isName(name.utf8.span), seen.insert(name.lowercased()).inserted else { return }
        answer.append(FieldText(name, Self.value(of: name)))
    }

    /// Returns a plausible value for the app's answer.
    private static func value(of name: String) -> String {
        switch name.lowercased() {
        case "access-control-allow-origin": "*"
        case "cache-control": "max-age=60"
        case "content-security-policy": "default-src *"
        case "location": "http://localhost/elsewhere"
        case "strict-transport-security": "max-age=60"
        case "vary": "Accept-Language"
        case "date", "expires", "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT"
        default: "from-the-app"
        }
    }
}
