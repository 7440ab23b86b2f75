import ExchangeDriver
import HTTPModel
import HeaderPolicy
import ProxyCore

/// How far an exchange can be.
enum Moment: String, CaseIterable, Sendable {
    /// Nothing has come.
    case idle
    /// The body of reports is on its way.
    case collecting
    /// 3 of 10 bytes of the body have come; there is no connection yet.
    case connecting
    /// They have gone on.
    case sending
    /// The whole request has gone on, over a connection that served others before.
    case waiting
    /// The head has come, and all of the request has gone.
    case responding
    /// The head has come, and more of the request's body is to come.
    case early
    case tunnel
    case over

    var driven: DrivenExchange { driven(DrivenConfiguration.usual) }

    func driven(_ configuration: CompiledConfiguration) -> DrivenExchange {
        let one = DrivenExchange(configuration)
        switch self {
        case .idle: break
        case .collecting: _ = one.begin(.report(body: .length(25)))
        case .connecting, .sending, .early:
            _ = one.begin(DrivenRequest("POST", "/x", body: .length(10)))
            _ = one.body(3)
            if self != .connecting { _ = one.connect() }
            if self == .early { _ = one.answer(200) }
        case .waiting, .responding, .over:
            _ = one.begin(DrivenRequest("GET", "/x"))
            _ = one.connect(reused: true)
            if self != .waiting { _ = one.answer(200) }
            if self == .over { _ = one.finish() }
        case .tunnel:
            _ = one.begin(.upgrade)
            _ = one.connect()
            _ = one.answer(101, one.goodSwitch)
        }
        return one
    }
}

extension DrivenRequest {
    static func report(_ method: String = "POST", _ type: String = "application/csp-report", body: BodyLength) -> DrivenRequest {
        DrivenRequest(method, "/reports", [FieldText("Content-Type", type)], body: body)
    }
}
