import HTTPModel
import HeaderPolicy
package import ProxyCore

/// Events in any order that a client and an app can bring about, one exchange after the other.
package struct RandomWalk {
    package let driven: DrivenExchange
    /// What happened, and what came of it.
    package private(set) var transcript: [String] = []
    private let choose: () -> UInt8?
    private var hasBegun = false

    /// - Parameter choose: what everything depends on; nil ends the walk.
    package init(_ configuration: CompiledConfiguration, choose: @escaping () -> UInt8?) {
        driven = DrivenExchange(configuration)
        self.choose = choose
    }

    /// Walks until there is nothing to choose by, or a promise is broken; then lets time end what has not ended.
    package mutating func run() {
        while driven.broken.isEmpty, let choice = choose() {
            note(hasBegun && !driven.exchange.isComplete ? goOn(choice) : begin(choice))
        }
        guard hasBegun, driven.broken.isEmpty else { return }
        if driven.own.isClientFull { note(("takes", driven.clientTakes())) }
        for _ in 0..<8 where !driven.exchange.isComplete {
            // To connect has a time of its own.
            let hasOwn = driven.own.link == .wanted && driven.exchange.deadline == .max
            note(("waits", hasOwn ? driven.fail(.connectTimeout) : driven.waitForDeadline()))
        }
        driven.promise(driven.exchange.isComplete, "everything ends, if only by time")
    }

    private mutating func note(_ event: (name: String, came: String)?) {
        if let event { transcript.append("\(event.name): \(event.came)") }
    }

    private mutating func begin(_ choice: UInt8) -> (String, String) {
        // A client that sends on after its answer, until it is told to stop.
        if hasBegun, choice & 0xC0 == 0xC0 {
            let isSilent = choice & 0x20 != 0 || driven.own.hasEnded || driven.exchange.isRequestComplete
            return isSilent ? ("waits", driven.waitForDeadline()) : body(choice)
        }
        hasBegun = true
        let request = Self.requests[Int(choice & 15) % Self.requests.count]
        return ("begins \(request.method) \(request.target)", driven.begin(request, others: Int(choice >> 4 & 3)))
    }

    private static let requests: [DrivenRequest] = [
        DrivenRequest("GET", "/x"), DrivenRequest("POST", "/x", body: .length(30)), DrivenRequest("PUT", "/x", body: .chunked),
        DrivenRequest("POST", "/small", body: .chunked), DrivenRequest("GET", "/fixed"),
        DrivenRequest("POST", "/moved", body: .length(9)),
        DrivenRequest("GET", "/hints"), .upgrade, .webSocket, DrivenRequest("POST", "/modern/x", body: .chunked),
        DrivenRequest("POST", "/reports", [.init("Content-Type", "application/csp-report")], body: .length(25)),
        DrivenRequest("PUT", "/modern/x", body: .length(50)),
    ]

    private func goOn(_ choice: UInt8) -> (String, String)? {
        let own = driven.own
        switch choice & 15 {
        case 0, 1, 2: return fromClient(choice)
        case 3:
            guard !own.hasEnded, !driven.exchange.isRequestComplete else { return nil }
            return ("ends", driven.end())
        case 4, 5, 6, 7, 8: return own.isTunnel ? fromTunnel(choice) : own.link == .open ? fromApp(choice) : fromPool(choice)
        case 9: return own.link == .open ? ("app takes", driven.appTakes()) : nil
        case 10: return ("client takes", driven.clientTakes())
        case 11: return ("waits", driven.waitForDeadline())
        case 12:
            let room = driven.exchange.deadline == .max ? 1_000 : driven.exchange.deadline - driven.context.now
            driven.pass(max(0, min(room - 1, Int(choice) * 20)))
            return nil
        case 13: return choice > 0xC0 ? ("client leaves", driven.clientLeaves()) : nil
        case 14: return choice > 0xC0 ? ("breaks off", driven.breakOff()) : nil
        default:
            if choice > 0xE0 { return ("cannot be read", driven.reject()) }
            return own.link == .wanted && choice > 0xC0 ? ("is refused", driven.refuse()) : nil
        }
    }

    private func fromClient(_ choice: UInt8) -> (String, String)? {
        if driven.own.isTunnel { return fromTunnel(choice) }
        return driven.own.hasEnded || driven.exchange.isRequestComplete ? nil : body(choice)
    }

    private func body(_ choice: UInt8) -> (String, String) {
        let count = 1 + Int(choice >> 4)
        return ("\(count) bytes", driven.body(count, fills: choice & 1 != 0))
    }

    private func fromTunnel(_ choice: UInt8) -> (String, String)? {
        switch choice >> 4 {
        case 0, 1, 2, 3, 4: ("tunnel bytes", driven.tunnelBytes(3, fills: choice & 1 != 0))
        case 5, 6, 7, 8, 9: ("tunnel bytes back", driven.responseBytes(3, fills: choice & 1 != 0))
        case 10, 11: ("client's side ends", driven.tunnelInputEnds())
        case 12: ("app's side ends", driven.fail(.closed))
        case 13: ("tunnel stops", driven.endTunnel(.stop))
        default: nil
        }
    }

    private func fromPool(_ choice: UInt8) -> (String, String)? {
        guard driven.own.link == .wanted else { return nil }
        switch choice >> 4 {
        case 0, 1: return ("no connection", driven.fail(.connectFailed))
        case 2: return ("no server", driven.fail(.noServer))
        case 3: return ("no room", driven.fail(.overloaded))
        default:
            let connect = driven.connect(reused: choice & 0x10 != 0, mayBeRefused: choice & 0x20 != 0, isFull: choice & 1 != 0)
            return ("connects", connect)
        }
    }

    // No server of HTTP/1.1 can say that it has not acted on a request.
    private func fromApp(_ choice: UInt8) -> (String, String)? {
        if driven.exchange.hasStarted {
            switch choice >> 4 {
            case 0, 1, 2, 3: return ("response bytes", driven.responseBytes(3, fills: choice & 1 != 0))
            case 4: return ("breaks", driven.fail(.closed))
            default: return ("response ends", driven.finish())
            }
        }
        switch choice >> 4 {
        case 0, 1, 2: return ("closes", driven.fail(.closed))
        case 3, 4: return driven.own.mayBeRefused ? ("refuses", driven.fail(.refused)) : nil
        case 5: return ("speaks nonsense", driven.fail(.invalidResponse))
        case 6: return ("begins", driven.responseBegins())
        case 7: return ("interim", driven.interim())
        case 8:
            let names = (0..<200).map { "x\($0)" }.joined(separator: ", ")
            return ("names too much", driven.answer(200, [.init("Connection", names)]))
        case 9: return ("switches", driven.answer(101, [.init("Upgrade", "websocket")]))
        case 10, 11: return ("switches well", driven.answer(101, driven.goodSwitch))
        case 12: return ("streams", driven.answer(200, [.init("Content-Type", "text/event-stream")], body: .untilClose))
        default: return ("answers", driven.answer(204, body: .none))
        }
    }
}
