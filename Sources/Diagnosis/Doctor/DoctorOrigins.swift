import HTTPModel
import HeaderPolicy
import ProxyCore

/// Explains an answer that does not allow the origin of the page.
extension Doctor {
    mutating func originLost(_ loss: FetchFailure.OriginLoss, _ version: HTTPVersion) {
        let (kind, target) = (RedirectKind(question.url, "\(loss.to)"), "\(loss.to)")
        let remedy = "ask for \(Redaction.text(target)) at once"
        complain(
            .redirectRefused,
            "\(loss.sentence) To allow \(question.origin) there does not help, and `null` is the origin of every sandboxed frame: let the "
                + "page ask for \(target) itself, or do not redirect.",
            flask: kind.flask(target) ?? remedy,
            instead: [.fastAPI: remedy, .django: remedy, .letterhead: remedy].merging(kind.remedies(target)) { $1 }, version)
    }

    mutating func originMissing(
        _ response: FetchResponse, _ isPreflight: Bool, _ beyond: String, _ version: HTTPVersion
    ) {
        if isPreflight {
            guard response.fieldOfCORS != nil else { return preflightWithoutCORS(response, version) }
            return complain(
                .originMissing,
                "The preflight is answered \(response.status) without Access-Control-Allow-Origin: \(question.origin) is not allowed.",
                flask: question.flaskCORS, version)
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
        if let sign = response.signOfCORS {
            return complain(
                .originMissing,
                "The response (\(response.status)) has no Access-Control-Allow-Origin. Its \(sign) shows that CORS is there: "
                    + "\(question.origin) is not in its list.",
                flask: question.flaskCORS, instead: listed, version)
        }
        if response.status >= 400 {
            return complain(
                .droppedOnErrors,
                "The server answers \(response.status) without CORS headers, and the browser will speak of CORS instead.",
                flask: (response.status == 404 || response.status == 405
                    ? "the route or method does not exist, or the view calls abort(\(response.status)): both skip @cross_origin"
                    : "an error that abort() or a hook makes skips the decorator of the view")
                    + ". For all of the app: \(question.flaskCORS)",
                instead: [
                    .fastAPI: "a middleware that answers outside of CORSMiddleware skips it: "
                        + (Remedy.Place.fastAPI.remedy(for: .originMissing, question) ?? ""),
                    .django: "a middleware that answers before CorsMiddleware skips it; "
                        + (Remedy.Place.django.remedy(for: .originMissing, question) ?? ""),
                ], version)
        }
        complain(
            .originMissing,
            "The response has no Access-Control-Allow-Origin: \(question.origin) is not allowed, or nothing here does CORS.",
            flask: question.flaskCORS, version)
    }

    /// To put a second proxy in front of what does CORS is no remedy.
    private var listed: [Remedy.Place: String?] { [.letterhead: "`\(question.corsKeys)` in the `cors` rule"] }

    private mutating func preflightWithoutCORS(_ response: FetchResponse, _ version: HTTPVersion) {
        let status = response.status
        let list = question.flaskCORS
        // A login and a failure come first, whatever the answer would have depended on.
        if status != 401, status < 500, let sign = response.signOfCORS {
            return complain(
                .preflightWithoutCORS,
                "The preflight is answered \(status) without Access-Control-Allow-Origin. Its \(sign) shows that CORS is there: "
                    + "\(question.origin) is not in its list.", flask: list, instead: listed, version)
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

    mutating func originTwice(_ origins: [String], _ response: FetchResponse, _ place: String, _ version: HTTPVersion) {
        let all = origins.joined(separator: ", ")
        let isOneLine = response.fields.values(of: "Access-Control-Allow-Origin").count == 1
        let areDifferent = Set(origins).count > 1
        if isOneLine, areDifferent, !origins.contains("*") {
            return complain(
                .malformedOrigin,
                "\(place.capitalizedStart) allows a list, `\(all)`: only one origin counts there, chosen by the request's Origin.",
                flask: "\(question.flaskCORS), with all of them in origins, answers each with its own", version)
        }
        complain(
            .originTwice,
            "Access-Control-Allow-Origin is in \(place) more than once (\(all)): two layers add it"
                + (areDifferent ? ", or one adds a line for each origin, where only one counts." : "."),
            flask: "Flask-CORS and a header that a view, a hook or the proxy adds: leave it to one of them", version)
    }

    mutating func originDiffers(_ other: String, _ place: String, _ version: HTTPVersion) {
        if other.contains("*") || other.isEmpty || !PageOrigin.isValid(other.lowercased()) {
            return complain(
                .malformedOrigin,
                "\(place.capitalizedStart) allows `\(other)`, which is no origin: scheme, host and port, without a path or a slash at the end.",
                flask: "write \"\(question.origin)\"", version)
        }
        complain(
            .originDiffers, "\(place.capitalizedStart) allows \(other), not \(question.origin).",
            flask: question.flaskCORS, version)
    }
}

extension FetchResponse {
    /// The first field with which a server answers about CORS.
    fileprivate var fieldOfCORS: FieldText? { fields.first { $0.name.lowercased().hasPrefix("access-control-") } }

    /// What shows that something does CORS here, whomever it allows; nil where nothing does.
    var signOfCORS: String? {
        if let field = fieldOfCORS { return field.name }
        let varied = SafeLists.members(fields.combined("Vary") ?? "").map { $0.lowercased() }
        return varied.contains { $0 == "origin" || $0.hasPrefix("access-control-request-") } ? "`Vary`" : nil
    }
}
