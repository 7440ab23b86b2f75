import HTTP2
import HTTPModel
import HeaderPolicy
import ProxyCore

/// The handling of events on the streams of a client's connection.
extension HTTP2Downstream {
    /// - Parameter bytes: the received bytes that caused the events; events that are caused by sending have none.
    func handleEvents(_ bytes: Span<UInt8>) {
        guard !session.events.isEmpty else { return }
        // Handling an event may add others, as when a stream ends while its response is framed.
        var next = 0
        while next < session.events.count {
            let event = session.events[next]
            next += 1
            switch event {
            case .request(let id, let endsStream): begin(id, endsStream: endsStream)
            case .data(let id, let range):
                if let stream = streams[id] {
                    stream.received(bytes.extracting(range.clamped(to: bytes.indices)))
                } else {
                    session.consume(id, range.count)
                }
            case .end(let id):
                streams[id]?.relay.leftOut(session.droppedTrailers(id), ofRequest: true)
                streams[id]?.requestEnded(trailers: session.takeTrailers(id))
            case .closed(let id, _): streams[id]?.lost()
            case .refused(let id, let status, let reason):
                stream(id).relay.reject(
                    ParseFailure(reason, status: status), peer: peer)
            case .goAway: break
            }
        }
        session.removeAllEvents()
    }

    private func stream(_ id: Int32) -> HTTP2Stream {
        let stream = spare.popLast() ?? HTTP2Stream(self)
        stream.open(id, connection.listener)
        session.takeRequest(id, into: &stream.relay.exchange.facts.request)
        stream.headBytes = stream.relay.exchange.facts.request.storageSize
        headBytes &+= stream.headBytes
        streams[id] = stream
        return stream
    }

    private func begin(_ id: Int32, endsStream: Bool) {
        let stream = stream(id)
        if let refusal = connection.refusal {
            stream.relay.reject(refusal, peer: peer)
            return drain()
        }
        if let name = session.connectProtocol(id) { return stream.connect(name, endsStream: endsStream, peer) }
        stream.relay.begin(
            body: endsStream ? .none : Self.body(stream.relay.exchange.facts.request.fields), wantsUpgrade: false, peer: peer)
    }

    /// The length of the body that follows the head.
    private static func body(_ fields: borrowing Fields) -> BodyLength {
        guard let line = fields.firstIndex(of: .contentLength), let length = Int(fields.value(at: line).text), length > 0 else {
            return .chunked
        }
        return .length(length)
    }

    /// The most spare streams that a connection keeps.
    private static let spareLimit = 16

    /// Puts a stream aside when its exchange is over.
    func ended(_ stream: HTTP2Stream, _ id: Int32) {
        streams[id] = nil
        headBytes &-= stream.headBytes
        weigh()
        if spare.count < Self.spareLimit, stream.relay.listener === connection.listener {
            stream.rest()
            spare.append(stream)
        } else {
            stream.retire()
        }
        if streams.isEmpty { rearm() }
    }
}
