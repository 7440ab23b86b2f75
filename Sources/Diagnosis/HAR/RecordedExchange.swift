package import HTTPModel
import HeaderPolicy

/// One entry of a HAR: a request and its response, as far as they were recorded.
package struct RecordedExchange: Sendable {
    /// The number of the entry, counted from 1.
    package var number: Int
    package var method = ""
    /// The URL as it is written.
    package var url = ""
    package var requestFields: [FieldText] = []
    /// Whether the request had cookies, though their field may have been left out.
    var hasCookies = false
    /// The status; 0 when there was no response, or its status was left out.
    package var status = 0
    package var responseFields: [FieldText] = []
    /// The reason why the page got no response, in the words of the recording software: `net::ERR_FAILED`.
    var error: String?
    /// The page's purpose for the request: `fetch`, `document`, `image`, in lower case.
    var resource: String?
    /// The id of the page.
    var page: String?

    init(number: Int) { self.number = number }
}

extension RecordedExchange {
    /// Whether there is a response to look at.
    var isAnswered: Bool { status >= 100 }

    var response: FetchResponse { response(responseFields) }

    private func response(_ fields: [FieldText]) -> FetchResponse {
        var response = FetchResponse(status: status, fields: fields)
        response.isBroken = isBroken
        return response
    }

    /// Whether a response came whose body broke off, by the words of browsers and of `HARWriter`.
    var isBroken: Bool {
        guard isAnswered, let error else { return false }
        return error.hasPrefix(Self.brokenOff) || Self.bodyErrors.contains(where: error.hasSuffix)
    }

    /// The beginning of the error that `HARWriter` writes, before the reason.
    static let brokenOff = "cut off: "

    /// The errors that browsers record after the head of a response, if its body fails.
    private static let bodyErrors = [
        "ERR_CONTENT_LENGTH_MISMATCH", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_INVALID_CHUNKED_ENCODING",
        "ERR_CONTENT_DECODING_FAILED", "ERR_CONNECTION_RESET", "ERR_CONNECTION_CLOSED", "ERR_HTTP2_PROTOCOL_ERROR",
        "ERR_QUIC_PROTOCOL_ERROR", "ERR_TIMED_OUT", "ERR_NETWORK_CHANGED", "NS_ERROR_NET_PARTIAL_TRANSFER",
        "NS_ERROR_NET_RESET", "NS_ERROR_NET_INTERRUPT", "NS_ERROR_INVALID_CONTENT_ENCODING",
    ]

    /// For a preflight, the fields that the page wants to send, in lower case.
    var askedNames: [String] {
        SafeLists.members(requestFields.combined("Access-Control-Request-Headers") ?? "").map { $0.lowercased() }
    }

    /// The response with only those fields that a verdict depends on, because searching all fields takes time.
    var decidingResponse: FetchResponse {
        response(responseFields.filter { Self.decides($0.name) })
    }

    private static func decides(_ name: String) -> Bool {
        switch name.utf8.count {
        case 8: name.lowercased() == "location"
        case 28: name.lowercased() == "cross-origin-resource-policy" || isAccessControl(name)
        case let count: count > 20 && isAccessControl(name)
        }
    }

    private static func isAccessControl(_ name: String) -> Bool {
        name.utf8.span.extracting(first: 15).equalsIgnoringCase("access-control-".utf8.span)
    }

    /// Whether a field frames a message or belongs to one connection.
    static func isOfConnection(_ name: String) -> Bool {
        let id = FieldNames.standard.id(of: name.utf8.span)
        return id.isHopByHop || id == .contentLength
    }

    /// Whether the value was replaced before the recording was passed on.
    static func isTakenOut(_ value: String) -> Bool {
        if value.hasPrefix("http") || value == "*" || value == "null" { return false }
        let value = value.lowercased()
        if value.utf8.allSatisfy({ $0 == 0x20 }) { return true }
        if value.utf8.count > 1, value.utf8.allSatisfy({ $0 == 0x2A || $0 == 0x78 || $0 == 0x2E }) { return true }
        // The words below have six letters at least; methods have less.
        guard value.utf8.count >= 6 else { return false }
        return ["redacted", "removed", "sanitized", "masked", "scrubbed"].contains { value.contains(text: $0) }
    }
}
