import HTTPModel
import HeaderPolicy
import ProxyConfig

/// A change that would help, and where to make it: in the kind of app that answered, or in the proxy in front of it.
package struct Remedy: Sendable, Hashable {
    package enum Place: String, Sendable, Hashable, CaseIterable {
        case flask = "Flask"
        case fastAPI = "FastAPI"
        case django = "Django"
        case letterhead = "Letterhead"
    }

    package var place: Place
    package var text: String

    /// - Parameters:
    ///   - flask: a remedy that is more precise than the one for the code alone.
    ///   - instead: the same for any place; nil when nothing helps there.
    ///   - server: the response's `Server`, by which impossible kinds of apps are left out.
    static func all(
        for code: DoctorCode, flask: String?, instead: [Place: String?], server: String, _ question: DoctorQuestion
    ) -> [Remedy] {
        Place.possible(server).compactMap { place in
            let usual = place == .flask ? flask : place.remedy(for: code, question)
            // Nobody should allow the origin of every sandboxed frame: a note says what to do instead.
            let allowsNull = question.origin == "null" && code != .allowsNull
            return (instead[place] ?? usual).flatMap {
                allowsNull && $0.contains(text: "null") ? nil : Remedy(place: place, text: $0)
            }
        }
    }
}

extension Remedy.Place {
    /// Returns the possible places by the server's name. gunicorn runs more than one kind of app, and a proxy in front may have
    /// removed the name.
    fileprivate static func possible(_ server: String) -> [Remedy.Place] {
        let server = server.lowercased()
        if server.contains(text: "werkzeug") { return [.flask, .letterhead] }
        if server.contains(text: "uvicorn") || server.contains(text: "hypercorn") { return [.fastAPI, .letterhead] }
        if server.contains(text: "wsgiserver") { return [.django, .letterhead] }
        if server.contains(text: "gunicorn") { return [.flask, .django, .letterhead] }
        return allCases
    }

    func remedy(for code: DoctorCode, _ question: DoctorQuestion) -> String? {
        switch self {
        case .flask: nil
        case .fastAPI: Self.fastAPI(code, question)
        case .django: Self.django(code, question)
        case .letterhead: Self.letterhead(code, question)
        }
    }

    private static func fastAPI(_ code: DoctorCode, _ question: DoctorQuestion) -> String? {
        switch code {
        case .errorBehindCORS:
            "the 500 of an unhandled exception is made outside of CORSMiddleware; read the traceback in the app's log, and let the "
                + "proxy in front set the headers on every response"
        case .errorStatus: "the traceback is in the app's log"
        case .redirectOnPreflight, .redirectLosesCORS:
            "redirect_slashes: ask for the path as the route has it, or FastAPI(redirect_slashes=False)"
        case .redirectedToLogin, .redirectedToError: "answer 401 where a program asks, instead of a redirect to a page"
        case .originTwice: "CORSMiddleware and a header that a route or another middleware sets: leave it to one of them"
        case .preflightStatus, .preflightWithoutCORS, .originMissing, .originDiffers, .malformedOrigin:
            "app.add_middleware(CORSMiddleware, allow_origins=[\"\(question.origin)\"], "
                + (question.sendsCredentials ? "allow_credentials=True, " : "") + "…), as the last one that is added"
        case .methodNotAllowed: "CORSMiddleware, allow_methods=[…, \"\(question.allowableMethod)\"]"
        case .starWithCredentials, .reflectsAnyOrigin, .allowsNull:
            "CORSMiddleware, allow_origins=[\"\(question.origin)\"]"
                + (question.sendsCredentials ? " beside allow_credentials=True" : "")
        case .credentialsMissing: "CORSMiddleware, allow_credentials=True"
        case .droppedOnErrors: "headers that a path operation sets on its response are not on errors: use a middleware"
        case .cookieRefused, .cookieNotSentAcross: "response.set_cookie(…, samesite=\"none\", secure=True)"
        default: nil
        }
    }

    private static func django(_ code: DoctorCode, _ question: DoctorQuestion) -> String? {
        switch code {
        case .errorBehindCORS:
            "read the traceback in the app's log; with django-cors-headers, CorsMiddleware has to be the first of MIDDLEWARE"
        case .errorStatus: "the traceback is in the app's log"
        case .redirectOnPreflight, .redirectLosesCORS: "APPEND_SLASH: ask for the path with the slash, as urlpatterns has it"
        case .redirectedToLogin, .redirectedToError:
            "login_required redirects: answer 401 where a program asks, as the authentication classes of REST framework do"
        case .originTwice: "CorsMiddleware and a header that a view or another middleware sets: leave it to one of them"
        case .preflightStatus, .preflightWithoutCORS, .originMissing, .originDiffers, .malformedOrigin:
            "django-cors-headers: CorsMiddleware first in MIDDLEWARE, CORS_ALLOWED_ORIGINS = [\"\(question.origin)\"]"
                + (question.sendsCredentials ? ", CORS_ALLOW_CREDENTIALS = True" : "")
        case .methodNotAllowed: "CORS_ALLOW_METHODS, with \"\(question.allowableMethod)\""
        case .starWithCredentials, .reflectsAnyOrigin, .allowsNull:
            "CORS_ALLOWED_ORIGINS = [\"\(question.origin)\"] instead of CORS_ALLOW_ALL_ORIGINS"
                + (question.sendsCredentials ? ", beside CORS_ALLOW_CREDENTIALS = True" : "")
        case .credentialsMissing: "CORS_ALLOW_CREDENTIALS = True"
        case .droppedOnErrors: "headers that a view sets on its response are not on errors: use a middleware"
        case .cookieRefused, .cookieNotSentAcross:
            "response.set_cookie(…, samesite=\"None\", secure=True); those of the session and of CSRF: SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = \"None\", SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True"
        default: nil
        }
    }

    /// One line that puts the proxy in front.
    private static func proxy(_ question: DoctorQuestion) -> String {
        "letterhead proxy \(question.url.origin) --allow-origin \(question.origin)"
    }

    private static func letterhead(_ code: DoctorCode, _ question: DoctorQuestion) -> String? {
        switch code {
        case .errorBehindCORS, .preflightStatus, .preflightWithoutCORS, .redirectOnPreflight, .redirectLosesCORS,
            .droppedOnErrors:
            "`\(proxy(question))` answers preflights, and puts the headers on every response, errors and redirects too; in a file: "
                + "`cors: { \(question.corsKeys) }` in response_headers"
        case .errorStatus:
            "where it stands in front, its log says of each request whether app or proxy made the error (`source`), and why (`reason`)"
        case .originMissing, .originDiffers, .malformedOrigin:
            "`\(proxy(question))`; in a file: `\(question.corsKeys)` in the `cors` rule"
        case .originTwice, .credentialsTwice: "a `cors` rule takes out what the app has set, unless it says `upstream: keep`"
        case .starWithCredentials, .reflectsAnyOrigin, .allowsNull:
            "`\(question.corsKeys)` in the `cors` rule"
        case .methodNotAllowed: "`allow_methods: [\(question.allowableMethod), …]` in the `cors` rule"
        case .credentialsMissing: "`allow_credentials: true` in the `cors` rule"
        case .varyMissing: "a `cors` rule sets it"
        case .duplicateField: "`set` instead of `add`: it replaces what the app has set"
        case .cookieRefused: "`cookies: { secure: true }` in response_headers"
        default: nil
        }
    }
}
