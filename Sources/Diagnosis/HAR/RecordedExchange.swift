package import HTTPModel
import HeaderPolicy

/// One entry of a HAR: a request, and what came back, as far as it was written down.
package struct RecordedExchange: Sendable {
    /// Counted from 1.
    package var number: Int
    package var method = ""
    /// As it is written.
    package var url = ""
    package var requestFields: [FieldText] = []
    /// The request had cookies, though their field may have been left out.
    var hasCookies = false
    /// 0 where there was no response, or its status was left out.
    package var status = 0
    package var responseFields: [FieldText] = []
    /// Why there was no response that the page got, in the words of who recorded it: `net::ERR_FAILED`.
    var error: String?
    /// What the page wanted it for: `fetch`, `document`, `image`, in lower case.
    var resource: String?
    /// Of the page.
    var page: String?

    init(number: Int) { self.number = number }
}

extension RecordedExchange {
    /// There is a response to look at.
    var isAnswered: Bool { status >= 100 }

    var response: FetchResponse { FetchResponse(status: status, fields: responseFields) }

    /// Of a preflight: the fields that the page wants to send, in lower case.
    var askedNames: [String] {
        SafeLists.members(requestFields.combined("Access-Control-Request-Headers") ?? "").map { $0.lowercased() }
    }

    /// What a verdict depends on, and nothing else: looking through all fields takes its time.
    var decidingResponse: FetchResponse {
        FetchResponse(status: status, fields: responseFields.filter { Self.decides($0.name) })
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

    /// The value is no longer what it was: whoever passed the recording on has taken it out.
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
