import HTTPModel
import HeaderPolicy
import ProxyCore

/// An exchange in the making, which is changed until conditions hold, or do not.
struct MadeUpExchange: Hashable {
    var listener = 0
    var method = "GET"
    var scheme = Scheme.http
    var host = MadeUpExchange.standIn
    var path = "/"
    /// The parameters of the query. Every request has one, so that it shows when a rule changes or drops it.
    var parameters = [FieldText("q", "1")]
    var fields: [FieldText] = []
    var client = MadeUpExchange.stranger
    /// The origin of the page that asks; nil if none does.
    var origin: String?
    var credentials = PageFetch.Credentials.sameOrigin
    var status = 200
    /// The fields of the app's answer.
    var answer = [FieldText("Content-Type", "text/html")]
    /// Whether the app gives no answer.
    var isDown = false
    /// The part of the request that exceeds the limits of both files.
    var excess: Excess?

    enum Excess: Hashable { case target, fields, body }

    /// The host if no route or rule names one. With it, every page counts as one of another origin.
    private static let standIn = "localhost"
    /// A client that no configuration trusts.
    static let stranger = "192.0.2.1"

    func question(_ unixSeconds: Int, beyond limits: [Limits]) -> DiffQuestion {
        let query = parameters.map { PatternSamples.encoded($0.name, "&=+") + "=" + PatternSamples.encoded($0.value, "&+") }
        var target = PatternSamples.encoded(path) + "?" + query.joined(separator: "&")
        if excess == .target { target += String(repeating: "x", count: limits.map(\.message.target).max() ?? 0) }
        var request = SimulatedRequest(method: method, scheme: scheme, authority: host, target: target)
        request.fields = fields
        request.client = client
        if excess == .fields {
            let length = limits.map(\.message.headerBytes).max() ?? 0
            request.fields.append(FieldText("X-Long", String(repeating: "x", count: length)))
        }
        if excess == .body { request.bodyLength = (limits.map(\.requestBody).max() ?? 0) + 1 }
        if request.isGRPC { request.version = .http2 }
        var question = ExplainQuestion(request: request, unixSeconds: unixSeconds)
        question.origin = origin
        question.isForeign = host == Self.standIn
        question.credentials = credentials
        question.listener = listener
        guard isDown else {
            return DiffQuestion(question, answer: .response(status: Status(rawValue: UInt16(clamping: status)), fields: answer))
        }
        return DiffQuestion(question, answer: .fault(status == 504 ? .responseTimeout : .connectFailed))
    }

    func with(_ change: (inout MadeUpExchange) -> Void) -> MadeUpExchange {
        var copy = self
        change(&copy)
        return copy
    }

    func answering(_ status: Int, _ fields: [FieldText]) -> MadeUpExchange {
        with {
            $0.status = status
            for field in fields { $0.answer.add(field) }
        }
    }

    func asked(by origin: String, _ credentials: PageFetch.Credentials = .sameOrigin, method: String? = nil) -> MadeUpExchange {
        with {
            $0.origin = origin
            $0.credentials = credentials
            $0.method = method ?? $0.method
        }
    }
}

extension [FieldText] {
    /// Adds a line of `Set-Cookie`; any other field replaces the lines of its name.
    mutating func add(_ field: FieldText) {
        if !field.isNamed("set-cookie") { drop(field.name) }
        append(field)
    }

    mutating func drop(_ name: String) { removeAll { $0.isNamed(name) } }
}
