import HTTPModel

/// The part of a made-up request that the codecs would read, and the limit at which they refuse the rest. Each line counts with
/// the bytes of `Name: value` and its end, also over HTTP/2.
struct BoundedRequest {
    /// The first limit that is exceeded; nil where none is.
    private(set) var refusal: Reason?
    /// Whether the target was read, so that there is a path to choose a route by.
    private(set) var hasTarget = true
    /// The fields before the limit, and those behind it on which the response depends.
    private(set) var fields: [FieldText] = []

    private let limits: MessageLimits
    private var used = 0

    /// - Parameter fields: the fields: over HTTP/1 with `Host`, over HTTP/2 with each part of a `Cookie` by itself.
    init(_ request: SimulatedRequest, fields all: [FieldText], _ limits: MessageLimits) {
        self.limits = limits
        if request.version == .http2 { readHTTP2(request, all) } else { readHTTP1(request, all) }
    }

    private mutating func refuse(_ reason: Reason) { if refusal == nil { refusal = reason } }

    // MARK: HTTP/1

    /// Reads as `RequestLine` and `FieldBlock` do. Behind a limit it finds what `LateFields` does.
    private mutating func readHTTP1(_ request: SimulatedRequest, _ all: [FieldText]) {
        let excess = request.target.utf8.count - limits.target
        if excess > 0 {
            refuse(.targetTooLong)
            hasTarget = false
        }
        var isCut = excess > limits.headerBytes + 1
        for field in all {
            if !isCut, let reason = fault(of: field) {
                refuse(reason)
                isCut = true
            }
            if isCut {
                if isFoundLate(field) { fields.append(field) }
            } else {
                used += field.size
                fields.append(field)
            }
        }
    }

    private func fault(of field: FieldText) -> Reason? {
        if fields.count >= limits.headerCount { return .tooManyFields }
        return used + field.size > limits.headerBytes ? .headerTooLarge : nil
    }

    private static let lateLine = 1 << 10
    private static let lateNames: Set<String> = [
        "origin", "host", "accept", "access-control-request-method", "access-control-request-headers",
    ]

    private func isFoundLate(_ field: FieldText) -> Bool {
        let name = field.name.lowercased()
        guard Self.lateNames.contains(name), field.size - 1 <= Self.lateLine else { return false }
        // A second one makes these ambiguous, and more would change nothing.
        let most = name == "origin" || name == "host" ? 2 : 1
        return fields.count { $0.isNamed(name) } < most
    }

    // MARK: HTTP/2

    /// Reads as `RequestReader` does, with the pseudo-fields in the order of most clients.
    private mutating func readHTTP2(_ request: SimulatedRequest, _ all: [FieldText]) {
        for field in [
            FieldText(":method", request.method), FieldText(":scheme", request.scheme.text),
            FieldText(":authority", request.authority), FieldText(":path", request.target),
        ] {
            used += field.size
        }
        if used > limits.headerBytes + limits.target {
            refuse(.headerTooLarge)
            hasTarget = false
        } else if request.target.utf8.count > limits.target {
            refuse(.targetTooLong)
            hasTarget = false
        } else {
            used -= request.target.utf8.count
        }
        var count = 0
        for field in all {
            used += field.size
            let name = field.name.lowercased()
            let isCrumb = name == "cookie" && fields.contains { $0.isNamed(name) }
            if used > limits.headerBytes || count >= limits.headerCount {
                refuse(used > limits.headerBytes ? .headerTooLarge : .tooManyFields)
                guard name == "origin", field.value.utf8.count <= Self.lateValue,
                    !fields.contains(where: { $0.isNamed(name) })
                else { continue }
            }
            if !isCrumb { count += 1 }
            fields.append(field)
        }
    }

    private static let lateValue = 512
}

/// Checks whether the codecs would refuse an app's response.
enum BoundedResponse {
    /// Returns why the codecs refuse the response; nil where they do not.
    static func fault(_ status: Status, _ fields: [FieldText], isHTTP2: Bool, _ limits: MessageLimits) -> BadResponse? {
        // HTTP/1 counts the status line with the fields.
        var used = isHTTP2 ? FieldText(":status", "\(status.rawValue)").size : "HTTP/1.1 200 \(status.reason)\r\n".utf8.count
        for (number, field) in fields.enumerated() {
            if number >= limits.headerCount { return BadResponse(.tooManyFields) }
            used += field.size
            if used > limits.headerBytes { return BadResponse(.headerTooLarge) }
        }
        return nil
    }
}

extension BoundedResponse {
    /// Returns what is wrong with the fields of an HTTP/1 response that say how long its body is; nil when nothing is.
    static func framingFault(_ fields: [FieldText]) -> BadResponse? {
        let lengths = fields.values(of: "Content-Length")
        let codings = fields.values(of: "Transfer-Encoding")
        if !lengths.isEmpty, !codings.isEmpty { return BadResponse(.lengthAndCoding) }
        if lengths.count > 1 { return BadResponse(.duplicateLength) }
        if codings.count > 1 { return BadResponse(.duplicateCoding) }
        if let length = lengths.first, length.utf8.span.decimal == nil { return BadResponse(.invalidLength) }
        guard let coding = codings.first, coding.lowercased() != "chunked" else { return nil }
        return BadResponse(Fields.isName(coding.utf8.span) ? .unknownCoding : .malformedCoding)
    }
}

extension BadResponse {
    fileprivate init(_ reason: Reason) { self.init(reason.rawValue, reason.sentence) }
}

extension FieldText {
    /// The bytes of `Name: value` with its end.
    fileprivate var size: Int { name.utf8.count + value.utf8.count + 4 }
}
