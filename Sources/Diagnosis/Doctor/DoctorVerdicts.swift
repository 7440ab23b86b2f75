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
        if let failure = verdict.failure, verdict.response == nil {
            return complain(.requestRefused, "The browser refuses: \(failure.sentence(origin: question.origin))", version)
        }
        guard let failure = verdict.failure, let response = verdict.response else {
            if let response = verdict.response, judgeCourse(response, verdict.url, version) { return }
            if let response = verdict.response, response.status >= 500 {
                let isProxys = 502...504 ~= response.status
                complain(
                    .errorStatus,
                    "The server answers \(response.status). CORS is in order: the page can read the error, so look there first."
                        + (isProxys
                            ? " It is a proxy's word for an app that does not answer: is it running, and where the proxy looks?"
                            : ""),
                    flask: "the traceback is in the app's log", version)
            }
            return
        }
        if response.status >= 500, !failure.isPreflight {
            return complain(
                .errorBehindCORS,
                "The browser will speak of CORS, but the server answered \(response.status): the app failed, and nothing added CORS "
                    + "headers to the failure. Repair the failure first; then see that errors have them, too.",
                flask: "after_request does not run for an unhandled exception in debug mode, nor when an earlier hook raises; "
                    + "read the traceback in the app's log, and let the proxy in front set the headers on every response", version
            )
        }
        if let loss = failure.originLoss { return originLost(loss, version) }
        let place = failure.isPreflight ? "the preflight" : "the response"
        switch refusal(in: response, failure.check) {
        case .network, .forbiddenMethod, .urlWithUser, .resourcePolicy:
            complain(.requestRefused, "The browser refuses: \(failure.sentence(origin: question.origin))", version)
        case .originMissing: originMissing(response, failure.isPreflight, beyond, version)
        case .originTwice(let origins): originTwice(origins, place, version)
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
                    + (allowed.isEmpty ? "." : ", only \(allowed.joined(separator: ", ")).")
                    + (meant.map { " First \(Advisor.capitals($0, instead: method))." } ?? ""),
                flask: isAllowed ? nil : "CORS(app, methods=[…, \"\(meant ?? method)\"])", instead: isAllowed ? nothing : [:],
                version)
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

    private mutating func originLost(_ loss: FetchFailure.OriginLoss, _ version: HTTPVersion) {
        let (kind, target) = (RedirectKind(question.url, "\(loss.to)"), "\(loss.to)")
        let remedy = "ask for \(Redaction.text(target)) at once"
        complain(
            .redirectRefused,
            "\(loss.sentence) To allow \(question.origin) there does not help, and `null` is the origin of every sandboxed frame: let the "
                + "page ask for \(target) itself, or do not redirect.",
            flask: kind.flask(target) ?? remedy,
            instead: [.fastAPI: remedy, .django: remedy, .letterhead: remedy].merging(kind.remedies(target)) { $1 }, version)
    }

    private mutating func originMissing(
        _ response: FetchResponse, _ isPreflight: Bool, _ beyond: String, _ version: HTTPVersion
    ) {
        if isPreflight {
            guard response.fields.contains(where: { $0.name.lowercased().hasPrefix("access-control-") }) else {
                return preflightWithoutCORS(response, version)
            }
            return complain(
                .originMissing,
                "The preflight is answered \(response.status) without Access-Control-Allow-Origin: \(question.origin) is not allowed.",
                flask: "CORS(app, origins=[\"\(question.origin)\"])", version)
        }
        if 300...399 ~= response.status {
            let location = response.fields.combined("Location") ?? ""
            let kind = RedirectKind(question.url, location)
            return complain(
                .redirectLosesCORS,
                "The redirect (\(response.status) to \(location)) has no Access-Control-Allow-Origin: browsers check every response on "
                    + "the way.\(kind.sentence(isPreflight: false))\(beyond)",
                flask: kind.flask(location)
                    ?? "the redirect is made before what adds the CORS headers: ask for the final address",
                instead: kind.remedies(location), version)
        }
        if response.status >= 400 {
            return complain(
                .droppedOnErrors,
                "The server answers \(response.status) without CORS headers, and the browser will speak of CORS instead.",
                flask: response.status == 404 || response.status == 405
                    ? "the route or method does not exist; decorators such as @cross_origin do not run for it"
                    : "an error that abort() or a hook makes skips the decorator of the view: use CORS(app) for all of the app",
                version)
        }
        complain(
            .originMissing,
            "The response has no Access-Control-Allow-Origin: \(question.origin) is not allowed, or nothing here does CORS.",
            flask: "CORS(app, origins=[\"\(question.origin)\"])", version)
    }

    private mutating func preflightWithoutCORS(_ response: FetchResponse, _ version: HTTPVersion) {
        let status = response.status
        let list = "CORS(app, origins=[\"\(question.origin)\"])"
        let varied = SafeLists.members(response.fields.combined("Vary") ?? "").map { $0.lowercased() }
        // A login and a failure come first, whatever the answer would have depended on.
        if status != 401, status < 500, varied.contains(where: { $0 == "origin" || $0.hasPrefix("access-control-request-") }) {
            return complain(
                .preflightWithoutCORS,
                "The preflight is answered \(status) without Access-Control-Allow-Origin. Its `Vary` shows that CORS is there: "
                    + "\(question.origin) is not in its list.", flask: list,
                instead: [.letterhead: "`allow_origins: [\(question.origin)]` in the `cors` rule"], version)
        }
        let isLogin = status == 401 || status == 403
        let why =
            isLogin
            ? "the app asks the preflight for a login, which browsers never send with one"
            : status >= 500 ? "the app fails for OPTIONS" : "\(question.origin) is not allowed, or nothing here does CORS"
        complain(
            .preflightWithoutCORS, "The preflight is answered \(status) without any CORS header: \(why).",
            flask: 200...299 ~= status
                ? "\(list): a header that is set on one response (make_response) is not on Flask's automatic OPTIONS"
                : Self.flask(forPreflight: status), version)
    }

    private mutating func originTwice(_ origins: [String], _ place: String, _ version: HTTPVersion) {
        complain(
            .originTwice,
            "Access-Control-Allow-Origin is in \(place) more than once (\(origins.joined(separator: ", "))): two layers add it.",
            flask: "Flask-CORS and a header that a view, a hook or the proxy adds: leave it to one of them", version)
    }

    private mutating func originDiffers(_ other: String, _ place: String, _ version: HTTPVersion) {
        if other.contains("*") || other.isEmpty || !PageOrigin.isValid(other.lowercased()) {
            return complain(
                .malformedOrigin,
                "\(place.capitalizedStart) allows `\(other)`, which is no origin: scheme, host and port, without a path or a slash at the end.",
                flask: "write \"\(question.origin)\"", version)
        }
        complain(
            .originDiffers, "\(place.capitalizedStart) allows \(other), not \(question.origin).",
            flask: "CORS(app, origins=[\"\(question.origin)\"])", version)
    }

    private mutating func redirected(_ status: Int, _ location: String, _ beyond: String, _ version: HTTPVersion) {
        let kind = RedirectKind(question.url, location)
        complain(
            .redirectOnPreflight,
            "The preflight is redirected (\(status) to \(location)), which browsers do not allow.\(kind.sentence(isPreflight: true))\(beyond)",
            flask: kind.flask(location), instead: kind.remedies(location), version)
    }

    private static func flask(forPreflight status: Int) -> String {
        switch status {
        case 401, 403:
            "a before_request hook or decorator asks for a login: let OPTIONS through, browsers send no credentials with it"
        case 404: "no route has this path: is there a blueprint or a prefix that the page leaves out?"
        case 500...: "the app fails for OPTIONS: the traceback is in its log"
        default: "the view or a hook answers OPTIONS itself: let Flask's automatic OPTIONS or Flask-CORS answer it"
        }
    }

    // MARK: The way to the answer

    /// Reports that the page can read the answer, but that a redirect has led to something else than was asked for. Returns true
    /// if it ended in an error status; a login is only a warning.
    private mutating func judgeCourse(_ response: FetchResponse, _ url: WebURL, _ version: HTTPVersion) -> Bool {
        guard steps.contains(where: { $0.version == version && $0.isRedirect }) else { return false }
        let flask = "a redirect to a page answers a program badly: for these paths let the login answer 401"
        let isLogin = RedirectKind(question.url, "\(url)") == .login
        if response.status >= 400 {
            complain(
                .redirectedToError,
                "The page can read the answer, and it is not what was asked for: the redirect ends in \(response.status). "
                    + "The way was \(course(version)).",
                flask: isLogin ? flask : "ask for the final address with the method that it takes",
                instead: isLogin ? [:] : [.fastAPI: nil, .django: nil], version)
            return true
        }
        guard isLogin else { return false }
        complain(
            .redirectedToLogin, .warning,
            "The page gets a login page (\(response.status)) instead of what it asked for. The way was \(course(version)).",
            flask: flask, version)
        return false
    }

    /// Returns the requests and statuses over a version, as text.
    func course(_ version: HTTPVersion) -> String { steps.filter { $0.version == version }.course }
}

extension DoctorStep {
    package var text: String { "\(method) \(url) \(status)" }
}

extension [DoctorStep] {
    /// The steps in order; a step that was repeated at once is told once, with its count.
    package var course: String {
        var runs: [(text: String, count: Int)] = []
        for step in self {
            if let last = runs.last, last.text == step.text {
                runs[runs.count - 1].count += 1
            } else {
                runs.append((step.text, 1))
            }
        }
        return runs.map { $0.count == 1 ? $0.text : "\($0.text) (\($0.count) times)" }.joined(separator: ", ")
    }
}

extension String {
    var capitalizedStart: String { prefix(1).uppercased() + dropFirst() }
}
