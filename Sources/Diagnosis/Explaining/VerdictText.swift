import HTTPModel
import HeaderPolicy

extension FetchVerdict {
    /// The verdict in a sentence.
    func sentence(origin: String, credentials: PageFetch.Credentials) -> String {
        if isBroken {
            guard isReadable else { return "The response breaks off before its end: the browser has a part of it." }
            let fields = (["status"] + readable).joined(separator: ", ")
            return "\(Self.page(origin)) reads \(fields), and fails to read the body, which breaks off before its end."
        }
        switch kind {
        case .sameOrigin: return "The response is of the page's own origin: the page reads all of it."
        case .readable:
            let fields = readable.isEmpty ? "status and body" : "status, body and \(readable.joined(separator: ", "))"
            return "\(Self.page(origin)) can read this response: \(fields)."
        case .opaque: return "The browser uses the response, and the page learns nothing of it."
        case .opaqueRedirect:
            let location = response?.fields.combined("Location") ?? ""
            let asGET = turn.map { " as a GET, without the body of the \($0.method)" } ?? ""
            let loss = originLoss.map { " \($0.sentence) Only `*`, or `null` itself, lets the page read it there." } ?? ""
            return
                "The browser follows the redirect to \(location)\(asGET); what it finds there decides what the page can read.\(loss)"
        case .refused:
            let reason = failure?.reason(origin: origin) ?? "."
            return failure?.isPreflight ?? false
                ? "The browser refuses to send the request: \(reason)"
                : "\(Self.page(origin)) cannot read this response: \(reason)"
        }
    }

    private static func page(_ origin: String) -> String {
        origin == "null" ? "A page without an origin (null)" : "The page at \(origin)"
    }
}

extension FetchVerdict {
    /// A hint on what to look at before the policy, if the response that the page cannot read is an error of the app.
    var noteOnStatus: String? {
        guard let status = response?.status, status >= 500, let failure, !failure.isPreflight else { return nil }
        return failure.check == .originMissing
            ? "The status is \(status): the app's failure comes first, and CORS second."
            : "The status is \(status) besides: the app has failed as well."
    }
}

extension FetchVerdict {
    /// The lines below the sentence.
    func notes(_ credentials: PageFetch.Credentials) -> [String] {
        var lines: [String] = []
        let hidden = hidden.filter { name in
            let name = name.lowercased()
            return !name.hasPrefix("access-control-") && name != "vary" && !SafeLists.isSecret(name)
        }
        if kind == .readable, !hidden.isEmpty {
            lines.append("         Hidden from it: \(hidden.joined(separator: ", ")); `expose_headers` would show them.")
        }
        let others = unsent.filter { $0.lowercased() != "cookie" }
        if !others.isEmpty {
            lines.append(
                "         Not sent: \(others.joined(separator: ", ")); without CORS a page sets only Accept, Accept-Language, "
                    + "Content-Language and the Content-Type of a form.")
        }
        if let note = cookieNote(credentials, "--credentials include") { lines.append("         \(note).") }
        if !preflightReasons.isEmpty {
            lines.append("         A preflight was needed for \(preflightReasons.joined(separator: ", ")).")
        }
        return lines
    }

    /// Says that a cookie did not go along, in a sentence without a full stop; nil where none was to be sent, or all were.
    ///
    /// - Parameter remedy: how to have it sent.
    func cookieNote(_ credentials: PageFetch.Credentials, _ remedy: String) -> String? {
        guard unsent.contains(where: { $0.lowercased() == "cookie" }) else { return nil }
        return "Cookie is not sent: credentials are \(credentials.rawValue); \(remedy) sends it"
    }

    /// - Parameter shown: removes secrets from a text.
    func json(origin: String, _ credentials: PageFetch.Credentials, shown: (String) -> String) -> JSONText {
        .object([
            ("kind", .text(RecordedVerdict.Kind(self).rawValue)), ("failure", .optional(failure?.code)),
            ("failed_at_preflight", .flag(failure?.isPreflight ?? false)),
            ("sentence", .text(shown(sentence(origin: origin, credentials: credentials)))),
            ("preflight_for", .texts(preflightReasons)), ("readable_fields", .texts(readable)),
            ("hidden_fields", .texts(hidden)), ("unsent_fields", .texts(unsent)),
        ])
    }
}

extension PageFetch {
    /// Makes the request need permission for fields with these names, by giving them values that no list calls safe.
    mutating func ask(for names: [String]) { fields = names.map { FieldText($0, String(repeating: "x", count: 129)) } }

    /// The permission that a preflight has given, in words.
    var permission: String {
        let names = fields.map(\.name).joined(separator: ", ")
        return "\(method)\(names.isEmpty ? "" : " with \(names)") is allowed for \(origin)."
    }
}

extension FetchFailure.OriginLoss {
    var sentence: String { "After the redirect from \(from) to \(to.origin) the browser says `Origin: null`." }
}

extension FetchFailure {
    /// Returns the reason as a sentence that begins in lower case.
    func reason(origin: String) -> String {
        if check == .network, isPreflight { return "the preflight had no answer." }
        let subject = isPreflight ? "the preflight's answer " : concernsResponse ? "it " : ""
        guard let originLoss else { return subject + sentence(origin: origin) }
        return subject + sentence(origin: "null") + " " + originLoss.sentence
    }

    /// Why a method that is listed in another case is not allowed, behind the list; empty where none is.
    var caseNote: String {
        guard case .methodNotAllowed(let method, let allowed) = check, method == method.uppercased(),
            allowed.contains(where: { $0.uppercased() == method })
        else { return "" }
        return ": methods are case-sensitive"
    }

    /// Whether the sentence continues one about the response.
    private var concernsResponse: Bool {
        switch check {
        case .network, .forbiddenMethod, .urlWithUser, .redirectUnwanted, .redirectMalformed, .redirectWithUser,
            .tooManyRedirects, .mixedContent, .originLost:
            false
        default: true
        }
    }

    /// Returns what is wrong. If `concernsResponse`, it continues a sentence that begins with "the response".
    package func sentence(origin: String) -> String {
        switch check {
        case .network: "there was none."
        case .forbiddenMethod(let method):
            "no page may send \(method)\(SafeLists.isForbidden(method: method) ? "" : " without CORS")."
        case .originMissing: "has no Access-Control-Allow-Origin."
        case .originTwice(let origins):
            "has more than one Access-Control-Allow-Origin (\(origins.joined(separator: ", "))), and browsers take only one."
        case .originDiffers(let other): "allows \(other), not \(origin)."
        case .starWithCredentials: "allows `*`, which does not count for requests with credentials."
        case .credentialsMissing(let value):
            value.map { "has `Access-Control-Allow-Credentials: \($0)`; only `true` in lower case counts." }
                ?? "has no Access-Control-Allow-Credentials, and the request goes with credentials."
        case .preflightStatus(let status): "has the status \(status), and only 200 to 299 is a yes."
        case .preflightRedirect(let status, let location): "is a redirect (\(status) to \(location)), which no preflight may be."
        case .methodsMalformed(let text): "has an Access-Control-Allow-Methods that is no list of methods: \(text)."
        case .fieldsMalformed(let text): "has an Access-Control-Allow-Headers that is no list of names: \(text)."
        case .methodNotAllowed(let method, let allowed):
            "does not allow \(method)\(allowed.isEmpty ? "" : ", only \(allowed.joined(separator: ", "))")\(caseNote)."
        case .fieldNotAllowed(let name, let allowed):
            "does not allow the header \(name)\(allowed.isEmpty ? "" : ", only \(allowed.joined(separator: ", "))")."
        case .urlWithUser:
            "`fetch` takes no URL that names a user, and nothing is sent; a page that has a password sends `Authorization`."
        case .redirectUnwanted: "it was redirected, which the page did not want."
        case .redirectMalformed(let location): "it redirects to \(location), which is no http address."
        case .redirectWithUser(let location): "it redirects to \(location), which names a user."
        case .tooManyRedirects: "it was redirected more than 20 times."
        case .mixedContent(let url): "a page of https reads nothing over http, and \(url) is not asked (mixed content)."
        case .originLost: "what it redirects to does not allow `null`."
        case .resourcePolicy(let value): "has `Cross-Origin-Resource-Policy: \(value)`, which keeps it from other origins."
        }
    }
}
