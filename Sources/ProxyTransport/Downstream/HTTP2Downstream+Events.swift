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
                guard let stream = streams[id] else { break }
                stream.relay.leftOut(session.droppedTrailers(id), ofRequest: true)
                stream.requestEnded(trailers: session.takeTrailers(id))
            case .closed(let id, let errorCode): streams[id]?.lost(because: fault(of: id, errorCode))
            case .refused(let id, let status, let reason):
                stream(id).reject(ParseFailure(reason, status: status), peer)
            case .goAway: break
            }
        }
        session.removeAllEvents()
    }

    /// What the client did wrong on a stream that has closed, if that has ended it.
    private func fault(of id: Int32, _ errorCode: UInt32) -> Reason? {
        let fault = session.fault(of: id)
        if let reason = fault.flatMap({ Reason(rawValue: $0.reason) }) { return reason }
        return fault != nil || session.wasBrokenByPeer(id, errorCode) ? .clientProtocolError : nil
    }

    private func stream(_ id: Int32) -> HTTP2Stream {
        let stream = spare.take() ?? HTTP2Stream(self)
        stream.open(id, connection.listener)
        headBytes &+= stream.headBytes
        streams.insert(id, stream)
        headSince = nil
        requests &+= 1
        let limit = configuration.source.limits.requestsPerConnection
        if limit > 0, requests >= limit { drain() }
        return stream
    }

    private func begin(_ id: Int32, endsStream: Bool) {
        let stream = stream(id)
        if let refusal = connection.refusal {
            stream.reject(refusal, peer)
            return drain()
        }
        stream.begin(endsStream: endsStream, peer)
    }

    /// Puts a stream aside when its exchange is over.
    func ended(_ id: Int32) {
        guard let stream = streams.remove(id) else { return }
        headBytes &-= stream.headBytes
        if stream.relay.listener === connection.listener {
            stream.rest(keeping: Session.storageKept(beside: spare.count))
            spare.put(stream)
            if restsAt == .max {
                restsAt = worker.clock.now &+ Worker.restAfter
                rearm()
            }
        } else {
            stream.retire()
        }
        weigh()
        if streams.isEmpty { rearm() }
    }
}
