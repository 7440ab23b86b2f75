package import HTTPModel
import HeaderPolicy
import ProxyConfig

/// The subject of an examination: a live server, as the page of an origin meets it.
package struct DoctorQuestion: Sendable {
    package var url: WebURL
    package var origin: String
    package var method = "GET"
    package var fields: [FieldText] = []
    package var credentials = PageFetch.Credentials.sameOrigin
    package var versions: [HTTPVersion] = [.http11]

    package init(url: WebURL, origin: String) {
        self.url = url
        self.origin = origin
    }

    /// The method as a server has to allow it: a known one in capitals.
    var allowableMethod: String { MethodName.inCapitals(method) ?? method }

    var sendsCredentials: Bool { credentials == .include }

    /// The call of Flask-CORS that lets this page in.
    var flaskCORS: String { "CORS(app, origins=[\"\(origin)\"]\(sendsCredentials ? ", supports_credentials=True" : ""))" }

    /// The keys of a `cors` rule that let this page in.
    var corsKeys: String { "allow_origins: [\(origin)]\(sendsCredentials ? ", allow_credentials: true" : "")" }

    /// The fetch that the page makes.
    var fetch: PageFetch {
        var fetch = PageFetch(origin: origin, url: url)
        fetch.method = method
        fetch.fields = fields
        fetch.credentials = credentials
        return fetch
    }
}

/// A request to send.
package struct DoctorRequest: Sendable, Hashable {
    package var method: String
    package var url: WebURL
    package var fields: [FieldText]
    package var version: HTTPVersion

    package init(method: String, url: WebURL, fields: [FieldText], version: HTTPVersion) {
        self.method = method
        self.url = url
        self.fields = fields
        self.version = version
    }
}

/// A request that was sent, and the status that came back.
package struct DoctorStep: Sendable, Hashable {
    package var method: String
    /// The URL as it was written.
    package var url: String
    package var status: Int
    package var version: HTTPVersion

    package var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) }
}

package enum DoctorAnswer: Sendable {
    case response(FetchResponse, body: [UInt8])
    /// The reason why there is no response, in words.
    case failure(String)
}

/// One fault.
package struct Complaint: Sendable, Hashable {
    package enum Weight: String, Sendable, Hashable { case error, warning }

    package var code: DoctorCode
    package var weight: Weight
    /// The description, in sentences.
    package var text: String
    /// The changes that would help, for each place where they may be made.
    package var remedies: [Remedy]
    package var version: HTTPVersion?
}

/// The faults that `doctor` can find. The codes are stable: a number is never given another meaning.
package enum DoctorCode: String, Sendable, Hashable, CaseIterable {
    case unreachable = "LD001"
    case errorBehindCORS = "LD002"
    case errorStatus = "LD003"
    case brokenBody = "LD004"
    case redirectOnPreflight = "LD010"
    case preflightStatus = "LD011"
    case preflightWithoutCORS = "LD012"
    case methodNotAllowed = "LD013"
    case fieldNotAllowed = "LD014"
    case preflightMalformed = "LD015"
    case originMissing = "LD020"
    case originTwice = "LD021"
    case originDiffers = "LD022"
    case starWithCredentials = "LD023"
    case credentialsMissing = "LD024"
    case reflectsAnyOrigin = "LD025"
    case allowsNull = "LD026"
    case credentialsTwice = "LD027"
    case varyMissing = "LD030"
    case redirectLosesCORS = "LD031"
    case redirectRefused = "LD032"
    case redirectedToError = "LD033"
    case redirectedToLogin = "LD034"
    case bodyLost = "LD035"
    case duplicateField = "LD040"
    case droppedOnErrors = "LD041"
    case versionsDiffer = "LD042"
    case cookieRefused = "LD050"
    case cookieNotSentAcross = "LD051"
    case malformedOrigin = "LD060"
    case requestRefused = "LD061"

    /// The page and the section that explain it.
    package var reference: String { Documentation.reference("doctor.md#\(rawValue.lowercased())") }
}
