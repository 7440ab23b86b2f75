import ExchangeDriver
import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

/// What each event brings about, by how far the exchange is.
@Suite struct ExchangeTableTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var event: @Sendable (DrivenExchange) -> String
        /// For each moment what is asked for; nil where the event does not come.
        var expected: [Moment: String]
        var testDescription: String { name }

        init(_ name: String, _ event: @escaping @Sendable (DrivenExchange) -> String, _ expected: [Moment: String]) {
            self.name = name
            self.event = event
            self.expected = expected
        }
    }

    static let rows = [
        Row(
            "body", { $0.body(2) },
            [
                .collecting: "credit 2, hold", .connecting: "hold", .sending: "pass; credit 2", .early: "pass; credit 2",
                .over: "credit 2",
            ]),
        Row("body that fills the app", { $0.body(2, fills: true) }, [.sending: "pass; pause", .early: "pass; pause"]),
        Row(
            "end of the body", { $0.end() },
            [
                .collecting: "reply 400", .connecting: "finish body", .sending: "finish body", .early: "finish body", .over: "-",
            ]),
        Row(
            "body that cannot be read", { $0.reject() },
            [
                .idle: "reply 400 leaves", .collecting: "reply 400 leaves", .connecting: "cancels, reply 400 leaves",
                .sending: "cancels, reply 400 leaves", .early: "cancels, truncate", .over: "-",
            ]),
        Row(
            "breaking off", { $0.breakOff() },
            [
                .collecting: "cancels, reply 503 leaves", .connecting: "cancels, reply 503 leaves",
                .sending: "cancels, reply 503 leaves",
                .waiting: "cancels, reply 503", .responding: "cancels, truncate", .early: "cancels, truncate",
                .tunnel: "cancels, truncate",
                .over: "-",
            ]),
        Row(
            "client leaves", { $0.clientLeaves() },
            [
                .idle: "cancels", .collecting: "cancels", .connecting: "cancels", .sending: "cancels", .waiting: "cancels",
                .responding: "cancels", .early: "cancels", .tunnel: "cancels", .over: "-",
            ]),
        Row(
            "client takes bytes again", { $0.clientTakes() },
            [
                .connecting: "-", .sending: "read", .waiting: "read", .responding: "read", .early: "read", .tunnel: "read",
                .over: "-",
            ]),
        Row(
            "app takes bytes again", { $0.appTakes() },
            [
                .collecting: "-", .sending: "resume", .waiting: "resume", .responding: "resume", .early: "resume",
                .tunnel: "resume", .over: "-",
            ]),
        Row("no connection", { $0.fail(.connectFailed) }, [.connecting: "reply 502 leaves", .over: "-"]),
        Row(
            "app closes", { $0.fail(.closed) },
            [
                .sending: "blames, reply 502 leaves", .waiting: "repeat", .responding: "blames, truncate",
                .early: "blames, truncate",
                .tunnel: "cancels, finish tunnel", .over: "-",
            ]),
        Row(
            "app speaks nonsense", { $0.fail(.invalidResponse) },
            [
                .sending: "blames, reply 502 leaves", .waiting: "blames, reply 502", .responding: "blames, truncate",
                .early: "blames, truncate",
            ]),
        Row(
            "app cancels", { $0.fail(.cancelled) },
            [
                .sending: "reply 502 leaves", .waiting: "reply 502", .responding: "truncate", .early: "truncate",
            ]),
        Row("interim response", { $0.interim() }, [.sending: "passes", .waiting: "passes"]),
        Row("response", { $0.answer(200) }, [.sending: "head 200 length(5)", .waiting: "head 200 length(5)"]),
        Row("end of the response", { $0.finish() }, [.responding: "finish", .early: "finish leaves"]),
        Row("unasked switch", { $0.answer(101) }, [.sending: "cancels, reply 502 leaves", .waiting: "cancels, reply 502"]),
        Row(
            "deadline", { $0.waitForDeadline() },
            [
                .idle: "waits for ever", .collecting: "cancels, gives up, reply 408 leaves",
                .connecting: "cancels, gives up, reply 408 leaves", .sending: "cancels, gives up, reply 408 leaves",
                .waiting: "blames, cancels, reply 504", .responding: "blames, cancels, truncate",
                .early: "cancels, truncate",
                .tunnel: "cancels, truncate", .over: "waits for ever",
            ]),
        Row(
            "tunnel stops", { $0.endTunnel(.stop) }, [.waiting: "-", .responding: "-", .tunnel: "cancels, truncate", .over: "-"]),
        Row(
            "client's side of a tunnel ends", { $0.tunnelInputEnds() }, [.waiting: "-", .tunnel: "finish app's side", .over: "-"]),
    ]

    @Test(arguments: rows) func asks(_ row: Row) {
        for moment in Moment.allCases {
            guard let expected = row.expected[moment] else { continue }
            let driven = moment.driven
            let came = row.event(driven)
            #expect(came == expected, "\(moment)")
            #expect(driven.broken.isEmpty, "\(moment)")
        }
    }

    /// What the log says of the end.
    @Test(
        arguments: [
            (.connecting, "client_closed"), (.sending, "client_closed"), (.early, "client_closed"),
            (.tunnel, "tunnel_closed_by_client"),
            (.over, ""),
        ] as [(Moment, String)])
    func reasonOfLeaving(_ moment: Moment, _ reason: String) {
        let driven = moment.driven
        _ = driven.clientLeaves()
        #expect((driven.exchange.facts.reason?.rawValue ?? "") == reason && driven.exchange.isComplete)
        #expect((driven.exchange.status == nil) == ![.early, .tunnel, .over].contains(moment))
    }

    /// Nothing that was is left over for the next request.
    @Test(arguments: Moment.allCases) func isUsedAgain(_ moment: Moment) {
        let driven = moment.driven
        if !driven.exchange.isComplete { _ = driven.clientLeaves() }
        #expect(driven.begin(DrivenRequest("PUT", "/x", body: .length(4))) == "forward 0")
        #expect(driven.body(4) == "hold")
        #expect(driven.connect() == "credit 4, resume")
        #expect(driven.end() == "finish body")
        #expect(driven.answer(200, body: .none) == "head 200 none")
        #expect(driven.finish() == "finish")
        #expect(driven.exchange.facts.reason == nil && driven.exchange.requestBytes == 4 && driven.broken.isEmpty)
    }
}
