import HTTP2
import HTTPModel
import HostileMessages

/// A client and a server session, joined without sockets.
final class Pair {
    let server: Server
    let client: ClientSession
    var events: [ClientSession.Event] = []
    var heads: [Int32: ResponseHead] = [:]
    var interim: [ResponseHead] = []
    var trailers: [Int32: Fields] = [:]
    var received: [Int32: Int] = [:]
    /// Frames that the client has sent.
    var sent: [Frame] = []

    init(_ settings: HTTP2Settings = HTTP2Settings(), limits: MessageLimits = MessageLimits()) throws {
        server = try Server(settings, limits: limits)
        var own = HTTP2Settings()
        own.connectionWindow = 16 << 20
        client = try ClientSession(settings: own, limits: MessageLimits(), names: .standard)
        run()
    }

    func request(
        _ method: String = "GET", _ path: String = "/", _ fields: [(String, String)] = [], end: Bool = true,
        connectProtocol: String? = nil
    ) -> Int32? {
        var list = Fields()
        for field in fields { list.append(field.0, field.1) }
        return client.submitRequest(
            method: method.utf8.span, scheme: .http, authority: "example.com".utf8.span, target: path.utf8.span, fields: list,
            endsStream: end, connectProtocol: connectProtocol.map { Array($0.utf8) })
    }

    /// Passes bytes until both have nothing to say.
    func run(limit: Int = .max) {
        while true {
            let up = client.drain(limit: limit)
            sent += Frame.all(in: up)
            note([])
            server.receive(up, by: 1000)
            let down = Array(server.unread)
            server.unread = []
            client.receive(down.span, now: 0)
            note(down)
            if up.isEmpty, down.isEmpty { return }
        }
    }

    private func note(_ input: [UInt8]) {
        let new = client.events
        events += new
        for event in new {
            switch event {
            case .informational(let stream):
                if let head = client.takeInformational(stream) { interim.append(head) }
            case .response(let stream, _):
                var head = ResponseHead()
                client.takeResponse(stream, into: &head)
                heads[stream] = head
            case .data(let stream, let range):
                received[stream, default: 0] += range.count
                client.consume(stream, range.count)
            case .end(let stream): trailers[stream] = client.takeTrailers(stream)
            case .closed, .goAway: break
            }
        }
        client.removeAllEvents()
    }

    func closing(_ stream: Int32) -> (code: UInt32, isUnprocessed: Bool)? {
        for case .closed(stream, let code, let isUnprocessed) in events { return (code, isUnprocessed) }
        return nil
    }
}

func fields(_ pairs: [(String, String)]) -> Fields {
    var fields = Fields()
    for pair in pairs { fields.append(pair.0, pair.1) }
    return fields
}

extension Fields {
    var lines: [String] { pairs.map { "\($0.name): \($0.value)" } }
}
