import HTTPModel
import HeaderPolicy

/// What a failed check of the browser means on a live server.
extension Doctor {
    mutating func judge(_ verdict: FetchVerdict, _ version: HTTPVersion) {
        guard let failure = verdict.failure, let response = verdict.response else {
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
                "The browser will speak of CORS, but the server answered \(response.status): the app failed, and what would have "
                    + "added the CORS fields did not run on the failure. Repair the failure first; then see that errors carry the fields.",
                flask: "after_request does not run for an unhandled exception in debug mode, nor when an earlier hook raises; "
                    + "read the traceback in the app's log, and let the proxy in front set the fields on every response", version)
        }
        let place = failure.isPreflight ? "the preflight" : "the response"
        switch failure.check {
        case .network, .forbiddenMethod, .resourcePolicy:
            complain(.originMissing, "The browser refuses: \(failure.sentence(origin: question.origin))", version)
        case .originMissing: originMissing(response, failure.isPreflight, version)
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
                flask: status == 401 || status == 403
                    ? "a before_request hook or decorator asks for a login: let OPTIONS through, browsers send no credentials with it"
                    : "the view or a hook answers OPTIONS itself: let Flask's automatic OPTIONS or Flask-CORS answer it", version)
        case .preflightRedirect(let status, let location): redirected(status, location, version)
        case .methodsMalformed(let text), .fieldsMalformed(let text):
            complain(
                .preflightMalformed, "The preflight's list is no list: `\(text)`. Names stand between commas.",
                flask: "join the names with \", \"", version)
        case .methodNotAllowed(let method, let allowed):
            complain(
                .methodNotAllowed,
                "The preflight does not allow \(method)" + (allowed.isEmpty ? "." : ", only \(allowed.joined(separator: ", "))."),
                flask: "CORS(app, methods=[…, \"\(method)\"])", version)
        case .fieldNotAllowed(let name, let allowed):
            let isStar = allowed.contains("*")
            complain(
                .fieldNotAllowed,
                "The preflight does not allow the field \(name)"
                    + (isStar
                        ? ": `*` does not cover it"
                            + (name == "authorization" ? ", for Authorization has to be named." : " when credentials go along.")
                        : allowed.isEmpty ? "." : ", only \(allowed.joined(separator: ", "))."),
                flask: "CORS(app, allow_headers=[…, \"\(name)\"])", version)
        case .redirectMalformed(let location), .redirectWithUser(let location):
            complain(.redirectRefused, "The redirect leads to \(location), where no page may follow.", version)
        case .redirectUnwanted, .tooManyRedirects:
            complain(.redirectRefused, "The server redirects in a circle.", version)
        }
    }

    private mutating func originMissing(_ response: FetchResponse, _ isPreflight: Bool, _ version: HTTPVersion) {
        if isPreflight {
            return complain(
                .preflightWithoutCORS,
                "The preflight is answered \(response.status) without any CORS field: OPTIONS is not known to whatever handles CORS here.",
                flask:
                    "a header that is set on one response (make_response) is not on Flask's automatic OPTIONS: use Flask-CORS, or "
                    + "after_request", version)
        }
        if 300...399 ~= response.status {
            let location = response.fields.combined("Location") ?? ""
            return complain(
                .redirectLosesCORS,
                "The redirect (\(response.status) to \(location)) has no Access-Control-Allow-Origin: browsers check every response on the way.",
                flask: "the redirect of strict_slashes or of a login is made before the view: ask for the final address, or set "
                    + "strict_slashes=False", version)
        }
        if response.status >= 400 {
            return complain(
                .droppedOnErrors,
                "The server answers \(response.status) without CORS fields, and the browser will speak of CORS instead.",
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

    private mutating func originTwice(_ origins: [String], _ place: String, _ version: HTTPVersion) {
        complain(
            .originTwice,
            "Access-Control-Allow-Origin is in \(place) more than once (\(origins.joined(separator: ", "))): two layers add it.",
            flask: "Flask-CORS and a header that a view, a hook or the proxy adds: leave it to one of them", version)
    }

    private mutating func originDiffers(_ other: String, _ place: String, _ version: HTTPVersion) {
        if other.contains("*") || other.isEmpty || WebURL(other)?.origin != other.lowercased() && other != "null" {
            return complain(
                .malformedOrigin,
                "\(place.capitalizedStart) allows `\(other)`, which is no origin: scheme, host and port, without a path or a slash at the end.",
                flask: "write \"\(question.origin)\"", version)
        }
        complain(
            .originDiffers, "\(place.capitalizedStart) allows \(other), not \(question.origin).",
            flask: "CORS(app, origins=[\"\(question.origin)\"])", version)
    }

    private mutating func redirected(_ status: Int, _ location: String, _ version: HTTPVersion) {
        let target = question.url.resolving(location)
        let path = question.url.path
        var why = ""
        var flask: String?
        if target?.path == path + "/" || target.map({ $0.path + "/" }) == path {
            why = " Only the slash at the end differs."
            flask =
                "the rule ends with a slash and the page asks without (strict_slashes): ask for \(target?.path ?? location), "
                + "or write strict_slashes=False"
        } else if target?.scheme == .https, question.url.scheme == .http {
            why = " It leads to https: the page should ask for that at once."
            flask = "Flask-Talisman and its like redirect to https: ask for https"
        } else if location.lowercased().contains("login") || location.lowercased().contains("auth") {
            why = " It leads to a login: browsers send no credentials with a preflight."
            flask = "a before_request hook or @login_required sends OPTIONS to the login: let OPTIONS through"
        }
        complain(
            .redirectOnPreflight, "The preflight is redirected (\(status) to \(location)), which browsers do not allow.\(why)",
            flask: flask, version)
    }
}

extension String {
    fileprivate var capitalizedStart: String { prefix(1).uppercased() + dropFirst() }
}
