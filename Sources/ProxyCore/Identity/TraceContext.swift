import HTTPModel
import HeaderPolicy

/// The ids of the `traceparent` that the app gets: the one that a rule made for this hop, or else the client's, which is passed
/// on.
struct TraceContext {
    var traceID: [UInt8]
    var spanID: [UInt8]

    private static let field = FieldNames.standard.id(of: "Traceparent".utf8.span)

    init?(of facts: borrowing ExchangeFacts) {
        // The form is 00-<32 digits>-<16 digits>-<2 digits>.
        if facts.traceparent.count >= 55 {
            let own = facts.traceparent
            traceID = Array(copying: own.span.extracting(3..<35))
            spanID = Array(copying: own.span.extracting(36..<52))
            return
        }
        guard facts.request.fields.mayContain(Self.field), let claimed = FreshValues.trace(facts.request.fields) else {
            return nil
        }
        traceID = claimed.traceID
        spanID = claimed.parentID
    }
}
