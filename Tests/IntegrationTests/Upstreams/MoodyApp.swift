import Foundation
import Synchronization
import TestSupport

/// An app that says who it is, and does as it is told. `/healthz` is for checks and is not counted among its requests.
final class MoodyApp: Sendable {
    enum Mood: Sendable, Hashable {
        case well
        /// Answers every request, and every check, with this.
        case answers(Int)
        /// Only checks fail.
        case sick
        /// Takes the request and resets the connection.
        case resets
        /// Says half of a head, then closes.
        case stutters
        /// Takes the request and is silent.
        case hangs
        /// Says what is no HTTP.
        case babbles
    }

    let name: String
    private let ledger: Ledger
    private let origin: RawOrigin

    private final class Ledger: Sendable {
        struct State {
            var mood: Mood
            var served = 0
            var checked = 0
        }

        let state: Mutex<State>

        init(_ mood: Mood) { state = Mutex(State(mood: mood)) }
    }

    var port: Int { origin.port }
    var address: String { "http://127.0.0.1:\(port)" }
    var served: Int { ledger.state.withLock { $0.served } }
    var checked: Int { ledger.state.withLock { $0.checked } }
    var mood: Mood {
        get { ledger.state.withLock { $0.mood } }
        set { ledger.state.withLock { $0.mood = newValue } }
    }

    init(_ name: String, _ mood: Mood = .well) throws {
        let ledger = Ledger(mood)
        self.name = name
        self.ledger = ledger
        origin = try RawOrigin { connection, _, _ in
            while let request = try connection.takeRequest() {
                let isCheck = request.target == "/healthz"
                let mood = ledger.state.withLock { state in
                    if isCheck { state.checked += 1 } else { state.served += 1 }
                    return state.mood
                }
                switch mood {
                case .well: try connection.send(Self.answer(200, name))
                case .answers(let status): try connection.send(Self.answer(status, name))
                case .sick: try connection.send(Self.answer(isCheck ? 500 : 200, name))
                case .resets: return connection.reset()
                case .stutters: return try connection.send("HTTP/1.1 200 OK\r\nContent-Le")
                case .babbles: return try connection.send("hello?\r\n\r\n")
                case .hangs: _ = try connection.isClosedByPeer()
                }
            }
        }
    }

    static func answer(_ status: Int, _ text: String) -> String {
        "HTTP/1.1 \(status) Whatever\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
    }
}
