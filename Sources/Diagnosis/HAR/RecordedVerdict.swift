import HTTPModel

/// The verdict on a recorded exchange: what the page saw of it, and why.
package struct RecordedVerdict: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        // The results of a live fetch.
        case readable
        case sameOrigin = "same_origin"
        case opaque
        case opaqueRedirect = "opaque_redirect"
        case refused
        /// It passed all checks, and its body broke off.
        case bodyBroken = "body_broken"
        /// It was a preflight, and the browser goes on.
        case allowed
        case navigation
        /// No page asked, or nothing shows which one.
        case noPage = "no_page"
        /// The recording lacks what would decide it.
        case unknown

        /// Whether the page could not read the response, or not to its end.
        var isFailure: Bool { self == .refused || self == .bodyBroken }

        init(_ verdict: FetchVerdict) {
            self =
                switch verdict.kind {
                case _ where verdict.isBroken: .bodyBroken
                case .readable: .readable
                case .sameOrigin: .sameOrigin
                case .opaque: .opaque
                case .opaqueRedirect: .opaqueRedirect
                case .refused: .refused
                }
        }
    }

    package var kind: Kind
    /// The reason in a sentence that begins in lower case; empty when there is nothing to say.
    package var reason = ""
    /// The verdict by the Fetch standard; nil when it was not consulted.
    package var fetch: FetchVerdict?
    /// The origin of the page.
    package var origin: String?
    package var credentials = PageFetch.Credentials.sameOrigin

    init(_ kind: Kind, _ reason: String = "") {
        self.kind = kind
        self.reason = reason
    }

    /// - Parameter error: the error that was recorded in place of a response, or of a part of it.
    init(_ verdict: FetchVerdict, of fetch: PageFetch, error: String?) {
        kind = Kind(verdict)
        self.fetch = verdict
        (origin, credentials) = (fetch.origin, fetch.credentials)
        if let failure = verdict.failure {
            reason = failure.check == .network ? Self.words(error) : failure.reason(origin: fetch.origin)
        } else if verdict.isBroken {
            reason = "\(verdict.isReadable ? "the page reads status and headers; " : "")the body breaks off (\(error ?? ""))."
        }
        if let note = verdict.noteOnStatus { reason += " " + note }
    }

    /// The code of the check that failed.
    package var code: String? { kind == .refused ? fetch?.failure?.code : nil }

    /// Explains the error that was recorded in place of a response.
    static func words(_ error: String?) -> String {
        guard let error else { return "the recording has no response: it was refused, or never came." }
        if isBreakingOff(error) { return "the page or the browser broke it off (\(error))." }
        if error.hasSuffix("ERR_BLOCKED_BY_CLIENT") { return "an extension of the browser blocked it (\(error))." }
        if error.contains(text: "ERR_BLOCKED_BY_RESPONSE") {
            return
                "Cross-Origin-Resource-Policy of the response, or Cross-Origin-Embedder-Policy of the page, keeps it out (\(error))."
        }
        if error.contains(text: "ERR_BLOCKED_BY_ORB") {
            return "what is no picture, script, style or sound is kept from pages of other origins (\(error))."
        }
        if error.contains(text: "ERR_BLOCKED_BY_CSP") { return "the page's Content-Security-Policy forbids it (\(error))." }
        if error.hasSuffix("ERR_FAILED") {
            return "the recording has no response: the browser refused it, or never sent it (\(error))."
        }
        return "there was none (\(error))."
    }

    /// Whether the error means that nobody wanted the response any more.
    static func isBreakingOff(_ error: String) -> Bool { error.hasSuffix("ERR_ABORTED") || error == "NS_BINDING_ABORTED" }
}
