import HTTPModel
import HeaderPolicy
import ProxyCore

/// Explains what a failed check of the browser means on a live server.
extension Doctor {
    /// - Parameter beyond: where a redirect leads that the browser does not follow, as a sentence with a space before it.
    mutating func judge(_ verdict: FetchVerdict, _ version: HTTPVersion, beyond: String = "") {
        if let target = RedirectKind.downgrade([question.url] + verdict.redirects) {
            // Any further fault follows from this one.
            return complain(
                .redirectRefused, "The redirect leads from https to \(target).\(RedirectKind.http.sentence(isPreflight: false))",
                flask: RedirectKind.http.flask("\(target)"), instead: RedirectKind.http.remedies("\(target)"), version)
        }
        if let turn = verdict.turn { judge(turn, version) }
        if let failure = verdict.failure, verdict.response == nil {
            return complain(.requestRefused, "The browser refuses: \(failure.sentence(origin: question.origin))", version)
        }
        guard let failure = verdict.failure, let response = verdict.response else {
            if let response = verdict.response, judgeCourse(response, verdict.url, version) { return }
            if let status = verdict.response?.status, status >= 500 {
                complain(
                    .errorStatus,
                    "The server answers \(status). CORS is in order: the page can read the error, so look there first."
                        + Self.word(ofProxy: status),
                    flask: "the traceback is in the app's log", version)
            }
            return
        }
        let isFailure = response.status >= 500 && !failure.isPreflight
        if isFailure, failure.check == .originMissing, response.signOfCORS == nil {
            return errorBehindCORS(response.status, version)
        }
        judge(failure, response, beyond, version)
        if isFailure {
            complain(
                .errorStatus,
                "The server answers \(response.status) besides, which the page can read only when CORS is in order."
                    + Self.word(ofProxy: response.status),
                flask: "the traceback is in the app's log", version)
        }
    }

    private mutating func judge(_ failure: FetchFailure, _ response: FetchResponse, _ beyond: String, _ version: HTTPVersion) {
        if let loss = failure.originLoss { return originLost(loss, version) }
        let place = failure.isPreflight ? "the preflight" : "the response"
        switch refusal(in: response, failure.check) {
        case .network, .forbiddenMethod, .urlWithUser, .resourcePolicy, .originLost:
            complain(.requestRefused, "The browser refuses: \(failure.sentence(origin: question.origin))", version)
        case .originMissing: originMissing(response, failure.isPreflight, beyond, version)
        case .originTwice(let origins): originTwice(origins, response, place, version)
        case .originDiffers(let other): originDiffers(other, place, version)
        case .starWithCredentials:
            complain(
                .starWithCredentials,
                "The page sends credentials, and \(place) allows `*`, which does not count then.",
                flask: "CORS(app, supports_credentials=True, origins=[\"\(question.origin)\"]): with `*` or no origins "
                    + "supports_credentials does not help", version)
        case .credentialsMissing(let value):
            complain(
                .credentialsMissing,
                "The page sends credentials, and \(place) has "
                    + (value.map { "`Access-Control-Allow-Credentials: \($0)`, where only `true` in lower case counts." }
                        ?? "no Access-Control-Allow-Credentials."),
                flask: "CORS(app, supports_credentials=True, …), or the header with the text \"true\", not the Python value True",
                version)
        case .preflightStatus(let status):
            complain(
                .preflightStatus, "The preflight is answered \(status), and only 200 to 299 is a yes.",
                flask: Self.flask(forPreflight: status), version)
        case .preflightRedirect(let status, let location): redirected(status, location, beyond, version)
        case .methodsMalformed(let text), .fieldsMalformed(let text):
            complain(
                .preflightMalformed, "The preflight's list is no list: `\(text)`. Names stand between commas.",
                flask: "join the names with \", \"", version)
        case .methodNotAllowed(let method, let allowed):
            let meant = MethodName.inCapitals(method)
            // If the server allows the method that the page means, there is nothing to change on the server.
            let nothing: [Remedy.Place: String?] = [.fastAPI: nil, .django: nil, .letterhead: nil]
            let isAllowed = meant.map(allowed.contains) ?? false
            complain(
                .methodNotAllowed,
                "The preflight does not allow \(method)"
                    + (allowed.isEmpty ? "." : ", only \(allowed.joined(separator: ", "))\(failure.caseNote).")
                    + (meant.map { " First \(Advisor.capitals($0, instead: method))." } ?? ""),
                flask: isAllowed ? nil : "CORS(app, methods=[…, \"\(meant ?? method)\"])", instead: isAllowed ? nothing : [:],
                version)
        case .fieldNotAllowed(let name, _) where name.isNameOfResponses:
            complain(
                .fieldNotAllowed,
                "The preflight does not allow the header \(name), and need not: \(Advisor.ofResponses). Take it out of the `fetch` call.",
                instead: [.fastAPI: nil, .django: nil, .letterhead: nil], version)
        case .fieldNotAllowed(let name, let allowed):
            let isStar = allowed.contains("*")
            let others: [Remedy.Place: String?] = [
                .fastAPI: "CORSMiddleware, allow_headers=[…, \"\(name)\"]",
                .django: "CORS_ALLOW_HEADERS, with \"\(name)\"",
                .letterhead: "`allow_headers: [\(name), …]` in the `cors` rule",
            ]
            complain(
                .fieldNotAllowed,
                "The preflight does not allow the header \(name)"
                    + (isStar
                        ? ": `*` does not cover it"
                            + (name == "authorization" ? ", for Authorization has to be named." : " when credentials go along.")
                        : allowed.isEmpty ? "." : ", only \(allowed.joined(separator: ", "))."),
                flask: "CORS(app, allow_headers=[…, \"\(name)\"])", instead: others, version)
        case .redirectMalformed(let location), .redirectWithUser(let location):
            complain(.redirectRefused, "The redirect leads to \(location), where no page may follow.", version)
        case .mixedContent(let url):
            let kind = RedirectKind(question.url, url)
            complain(
                .redirectRefused,
                "The redirect leads to \(url): a page of https reads nothing over http (mixed content)."
                    + "\(kind.sentence(isPreflight: false))\(beyond)",
                flask: kind.flask(url), instead: kind.remedies(url), version)
        case .redirectUnwanted: complain(.redirectRefused, "The server redirects, which was not wanted.", version)
        case .tooManyRedirects:
            complain(
                .redirectRefused, "The server redirects more than 20 times, in a circle perhaps: \(course(version)).", version)
        }
    }

    /// Who may have made an error with this status, as a sentence with a space before it; empty for one of the app.
    private static func word(ofProxy status: Int) -> String {
        502...504 ~= status
            ? " It may be a proxy's word for an app that does not answer: is it running, and where the proxy looks?" : ""
    }

    private mutating func errorBehindCORS(_ status: Int, _ version: HTTPVersion) {
        let word = Self.word(ofProxy: status)
        let isRunning = "is the app running, and where the proxy looks? Its log and the proxy's may tell"
        complain(
            .errorBehindCORS,
            "The browser will speak of CORS, but the server answered \(status)"
                + (word.isEmpty
                    ? ": the app failed, and nothing added CORS headers to the failure." : ", without CORS headers.\(word)")
                + " Repair the failure first; then see that errors have them, too.",
            flask: word.isEmpty
                ? "after_request does not run for an unhandled exception in debug mode, nor when an earlier hook raises; "
                    + "read the traceback in the app's log, and let the proxy in front set the headers on every response"
                : isRunning,
            instead: word.isEmpty ? [:] : [.fastAPI: isRunning, .django: isRunning], version)
    }

    /// Returns what a preflight with an error status refuses by its lists: Starlette answers 400 and says what it allows.
    private func refusal(in response: FetchResponse, _ check: FetchFailure.Check) -> FetchFailure.Check {
        guard case .preflightStatus = check, let methods = response.fields.combined("Access-Control-Allow-Methods"),
            !SafeLists.members(methods).isEmpty, let refused = FetchProcess(question.fetch).refusal(byListsOf: response)
        else { return check }
        switch refused {
        case .methodNotAllowed, .fieldNotAllowed: return refused
        default: return check
        }
    }

    private mutating func redirected(_ status: Int, _ location: String, _ beyond: String, _ version: HTTPVersion) {
        let kind = RedirectKind(question.url, location)
        complain(
            .redirectOnPreflight,
            "The preflight is redirected (\(status) to \(location)), which browsers do not allow.\(kind.sentence(isPreflight: true))\(beyond)",
            flask: kind.flask(location), instead: kind.remedies(location), version)
    }

    static func flask(forPreflight status: Int) -> String {
        switch status {
        case 401, 403:
            "a before_request hook or decorator asks for a login: let OPTIONS through, browsers send no credentials with it"
        case 404: "no route has this path: is there a blueprint or a prefix that the page leaves out?"
        case 500...: "the app fails for OPTIONS: the traceback is in its log"
        default: "the view or a hook answers OPTIONS itself: let Flask's automatic OPTIONS or Flask-CORS answer it"
        }
    }
}

extension String {
    var capitalizedStart: String { prefix(1).uppercased() + dropFirst() }
}
