public import HTTPModel
public import HeaderPolicy

/// The proxy's own response when no app can answer: a few words for people, in the form that the client asked for.
///
/// It says what went wrong and gives the request id to quote, but never an address, a path or a name from behind the proxy.
public enum LocalReply {
    /// Writes status, `Content-Type`, `Content-Length` and, with `retryAfter`, `Retry-After` into a response, and its body.
    ///
    /// The body is HTML, a problem document (RFC 9457) or plain text, whichever the request's `Accept` prefers, and text when it
    /// has no preference. A status that has no body (204, 304) gets none. For HEAD, the caller leaves the body out.
    ///
    /// - Parameters:
    ///   - reason: the reason in the words of the log (`connect_failed` …), which decides how precise the explanation is.
    ///   - response: the response, which is cleared first.
    ///   - body: the body, which is cleared first.
    ///   - retryAfter: the time in seconds.
    ///   - cause: more about the reason, in words, for a client that may see it; empty for none.
    public static func write(
        status: Status, reason: Reason?, requestID: [UInt8], request: borrowing RequestHead,
        into response: inout ResponseHead, body: inout [UInt8], retryAfter: Int? = nil,
        cause: String = ""
    ) {
        response.removeAll()
        response.status = status
        body.clear()
        guard !status.forbidsBody else { return }
        let form = AcceptedForm.preferred(by: request.fields)
        let title = status.reason.isEmpty ? "Error" : status.reason
        let detail = explanation(of: status, reason)
        switch form {
        case .text: writeText(status, title, detail, requestID.span, cause, into: &body)
        case .problem: writeProblem(status, title, detail, requestID.span, cause, into: &body)
        case .html: writeHTML(status, title, detail, requestID.span, cause, into: &body)
        }
        response.fields.append(.contentType, name: "Content-Type".utf8.span, value: form.contentType.utf8.span)
        response.fields.append(.contentLength, name: "Content-Length".utf8.span, value: String(body.count).utf8.span)
        if let retryAfter { response.fields.append("Retry-After", String(max(0, retryAfter))) }
    }

    /// Writes an error in the form that the client wants. `reply` adds the length of its body unless it is gRPC over HTTP/2.
    ///
    /// No cache keeps it unless a rule says otherwise, because the error concerns only this request.
    ///
    /// - Parameter allow: the value of `Allow` when the status is 405.
    /// - Returns: whether the response states the length of its body.
    public static func writeError(
        _ status: Status, reason: Reason?, facts: borrowing ExchangeFacts, allow: @autoclosure () -> [UInt8],
        into response: inout ResponseHead, body: inout [UInt8], retryAfter: Int? = nil, cause: String = ""
    ) -> Bool {
        let isGRPC = GRPCReply.isWanted(by: facts.request)
        if isGRPC {
            GRPCReply.write(status: status, reason: reason, into: &response, cause: cause)
            body.clear()
        } else {
            write(
                status: status, reason: reason, requestID: facts.requestID, request: facts.request, into: &response, body: &body,
                retryAfter: retryAfter, cause: cause)
        }
        if status == 405 { response.fields.append("Allow", String(decoding: allow(), as: UTF8.self)) }
        response.fields.append(.cacheControl, "Cache-Control", noStore)
        response.fields.append(.vary, "Vary", GRPCReply.mayBeWanted(by: facts.request) ? formsOfPost : forms)
        return !isGRPC
    }

    private static let noStore = Array("no-store".utf8)
    /// The request fields on which the form of an error depends.
    private static let forms = Array("Accept".utf8)
    private static let formsOfPost = Array("Accept, Content-Type".utf8)

    /// Writes the head of a `respond:`, without length. No cache keeps an error of this kind, either.
    public static func write(
        _ fixed: FixedResponse, allow: @autoclosure () -> [UInt8] = [], into response: inout ResponseHead
    ) {
        response.removeAll()
        response.status = fixed.status
        defer {
            if fixed.status == 405 { response.fields.append("Allow", String(decoding: allow(), as: UTF8.self)) }
            if fixed.status.rawValue >= 400 { response.fields.append(.cacheControl, "Cache-Control", noStore) }
        }
        if let type = fixed.contentType {
            response.fields.append(.contentType, name: "Content-Type".utf8.span, value: type.utf8.span)
        }
    }

    /// Writes the head of a `redirect:`. Returns false when a placeholder has a value that may not be in a field, or that would
    /// lead to another place, or when nothing is left of the target; the answer is then 400.
    ///
    /// - Parameter varied: the request fields on which the target depends; see `CompiledRoute.varied`.
    public static func writeRedirect(
        _ template: Template, _ status: Status, varied: [UInt8], facts: borrowing ExchangeFacts,
        into response: inout ResponseHead, scratch: inout [UInt8]
    ) -> Bool {
        response.removeAll()
        response.status = status
        scratch.clear()
        guard template.renderReference(into: &scratch, facts: facts) else { return false }
        // The template was like `to: /new?{query}`, and the request had no query.
        if scratch.last == UInt8(ascii: "?"), facts.request.query.isEmpty { scratch.removeLast() }
        guard !scratch.isEmpty else { return false }
        if !varied.isEmpty { response.fields.append(.vary, "Vary", varied) }
        return response.fields.append(.location, "Location", scratch)
    }

    /// Adds the fields that every local reply has: `Date`, and `Content-Length` when there can be a body.
    ///
    /// - Parameter bodyCount: the length of the body; nil when it is not stated.
    public static func complete(
        _ response: inout ResponseHead, bodyCount: Int?, date: [UInt8], scratch digits: inout [UInt8]
    ) {
        response.fields.append(.date, "Date", date)
        guard let bodyCount, !response.status.forbidsBody, response.fields.firstIndex(of: .contentLength) == nil else { return }
        digits.clear()
        digits.append(decimal: bodyCount)
        response.fields.append(.contentLength, "Content-Length", digits)
    }

    /// Makes sure that a response of the app has exactly one `Date` (RFC 9110 §6.6.1).
    public static func completeDate(of fields: inout Fields, _ date: [UInt8]) {
        guard let first = fields.firstIndex(of: .date) else {
            fields.append(.date, "Date", date)
            return
        }
        guard fields.firstIndex(of: .date, from: first + 1) != nil else { return }
        fields.remove { $0.id(at: $1) == .date && $1 > first }
    }

    private static func writeText(
        _ status: Status, _ title: String, _ detail: String, _ requestID: Span<UInt8>, _ cause: String,
        into body: inout [UInt8]
    ) {
        body.append(decimal: Int(status.rawValue))
        body.append(0x20)
        body.append(text: title)
        body.append(text: "\n\n")
        body.append(text: detail)
        body.append(text: "\n")
        if !cause.isEmpty { body.append(text: "Why: \(cause)\n") }
        guard !requestID.isEmpty else { return }
        body.append(text: "Request id: ")
        body.append(copying: requestID)
        body.append(text: "\n")
    }

    private static func writeProblem(
        _ status: Status, _ title: String, _ detail: String, _ requestID: Span<UInt8>, _ cause: String,
        into body: inout [UInt8]
    ) {
        body.append(text: #"{"type":"about:blank","title":""#)
        body.append(jsonEscaping: title.utf8.span)
        body.append(text: #"","status":"#)
        body.append(decimal: Int(status.rawValue))
        body.append(text: #","detail":""#)
        body.append(jsonEscaping: detail.utf8.span)
        if !cause.isEmpty {
            body.append(text: #"","cause":""#)
            body.append(jsonEscaping: cause.utf8.span)
        }
        if !requestID.isEmpty {
            body.append(text: #"","request_id":""#)
            body.append(jsonEscaping: requestID)
        }
        body.append(text: "\"}\n")
    }

    /// Writes a page without scripts, styles or outside resources, so that it works with the strictest content security policy.
    private static func writeHTML(
        _ status: Status, _ title: String, _ detail: String, _ requestID: Span<UInt8>, _ cause: String,
        into body: inout [UInt8]
    ) {
        body.append(text: "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n")
        body.append(text: "<meta name=\"viewport\" content=\"width=device-width\">\n")
        body.append(text: "<meta name=\"color-scheme\" content=\"light dark\">\n")
        for (open, close) in [("<title>", "</title>\n"), ("<h1>", "</h1>\n")] {
            body.append(text: open)
            body.append(decimal: Int(status.rawValue))
            body.append(0x20)
            body.append(htmlEscaping: title.utf8.span)
            body.append(text: close)
        }
        body.append(text: "<p>")
        body.append(htmlEscaping: detail.utf8.span)
        body.append(text: "</p>\n")
        if !cause.isEmpty {
            body.append(text: "<p>Why: ")
            body.append(htmlEscaping: cause.utf8.span)
            body.append(text: "</p>\n")
        }
        guard !requestID.isEmpty else { return }
        body.append(text: "<p>Request id: <code>")
        body.append(htmlEscaping: requestID)
        body.append(text: "</code></p>\n")
    }

    /// Returns what a status means to somebody who only wanted to see a page.
    static func explanation(of status: Status, _ reason: Reason?) -> String {
        switch reason {
        case .connectFailed, .connectTimeout, .upstreamTLSFailed:
            return "The application behind this site could not be reached."
        case .upstreamClosed, .invalidResponse, .upstreamCancelled:
            return "The application behind this site gave no proper answer."
        case .noHealthyServer:
            return "None of the servers behind this site can answer at the moment. Please try again later."
        case .plainHTTP:
            return "This port speaks HTTPS, and the request came without it. Write https:// in front of the address."
        default:
            return explanation(of: status)
        }
    }

    private static func explanation(of status: Status) -> String {
        switch status.rawValue {
        case 400: "The request could not be understood."
        case 401: "You have to sign in to see this."
        case 403: "You may not see this."
        case 404: "There is nothing at this address."
        case 405: "This address does not take requests of this kind."
        case 408: "The request took too long to arrive."
        case 413: "The request is larger than this site accepts."
        case 414: "The address is longer than this site accepts."
        case 417: "The request expects something that this site does not do."
        case 421: "The request came to a server that does not answer for this site."
        case 429: "There were too many requests. Please try again later."
        case 431: "The header fields of the request are larger than this site accepts."
        case 500: "Something went wrong here."
        case 501: "The request asks for something that this site does not do."
        case 502: "The application behind this site could not be reached or gave no proper answer."
        case 503: "This site is busy or being worked on. Please try again later."
        case 504: "The application behind this site took too long to answer."
        case 508: "The request ran in circles between the servers of this site."
        case 505: "The request uses a version of HTTP that this site does not speak."
        case 400...499: "The request could not be answered."
        case 500...: "Something went wrong here. Please try again later."
        default: "The request was answered without the application."
        }
    }
}
