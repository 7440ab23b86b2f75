import HTTPModel
import HeaderPolicy

/// What makes the proxy answer a request by itself, besides an app that is down.
enum LocalReplyCause: CaseIterable {
    case dotSegment, noRoute, otherMethod, largeBody, longTarget, unknownExpectation, longFields

    /// The status of the answer.
    var status: Int {
        switch self {
        case .dotSegment: 400
        case .noRoute: 404
        case .otherMethod: 405
        case .largeBody: 413
        case .longTarget: 414
        case .unknownExpectation: 417
        case .longFields: 431
        }
    }

    func bring(about exchange: inout MadeUpExchange) {
        switch self {
        case .dotSegment: exchange.path = "/a/../b"
        case .noRoute: exchange.path = "/no/such/path"
        case .otherMethod: exchange.method = "PURGE"
        case .largeBody: (exchange.method, exchange.excess) = ("POST", .body)
        case .longTarget: exchange.excess = .target
        case .unknownExpectation: exchange.fields.add(FieldText("Expect", "magic"))
        case .longFields: exchange.excess = .fields
        }
    }
}
