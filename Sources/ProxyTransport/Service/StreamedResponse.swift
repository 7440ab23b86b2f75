import EventLoop
import HTTP1
import HTTPModel
import ProxyCore

/// A response of a `LocalService` that goes on: it asks the service for more several times a second, as long as the client takes
/// it.
struct StreamedResponse {
    private let stream: any LocalStream
    /// The milliseconds between two queries.
    static let tick = 250

    init(_ stream: any LocalStream) { self.stream = stream }

    func begin(of service: any LocalService, into output: inout [UInt8]) {
        var response = ResponseHead()
        response.fields.append("Date", HTTPDate.bytes(unixSeconds: WallClock.unixSeconds()).span.text)
        stream.writeHead(into: &response)
        service.complete(&response)
        MessageWriter.writeResponse(response, framing: .asFields, persistence: .close, into: &output)
        output += stream.next()
    }

    func next() -> [UInt8] { stream.next() }
}
