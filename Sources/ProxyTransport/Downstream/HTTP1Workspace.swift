import HTTP1
import HTTPModel
import ProxyCore

/// The buffers that an HTTP/1 connection needs from the first byte of a request to the last byte of its response. A worker lends
/// them, so that a connection that waits for its next request holds none: most connections are waiting most of the time.
final class HTTP1Workspace {
    var parser: RequestParser
    let relay: Relay
    /// The output that has collected for the client.
    var output: [UInt8] = []
    /// The configuration for which the parser was made.
    private var configuration: CompiledConfiguration

    init(worker: Worker, listener: ListenerContext) {
        configuration = listener.generation.configuration
        parser = Self.parser(configuration)
        relay = Relay(worker: worker, listener: listener)
    }

    /// Prepares the workspace for a connection, under its configuration; must be called between two requests.
    func serve(_ downstream: HTTP1Downstream) {
        relay.serve(downstream)
        guard downstream.configuration !== configuration else { return }
        configuration = downstream.configuration
        parser = Self.parser(configuration)
    }

    /// Whether nothing in it is of another configuration, which it would keep in memory.
    func isOnly(of configuration: CompiledConfiguration) -> Bool {
        self.configuration === configuration && relay.configuration === configuration
    }

    private static func parser(_ configuration: CompiledConfiguration) -> RequestParser {
        RequestParser(limits: configuration.source.limits.message, names: configuration.names)
    }

    /// Whether the rest of the request's body is so short that reading it to the end is cheaper than another connection.
    var canDiscardBody: Bool {
        if case .length(let length) = parser.body { length <= 64 << 10 && !parser.expectsContinue } else { false }
    }

    /// The bytes of memory that the workspace adds to its connection.
    var weight: Int { parser.head.storageSize &+ relay.weight }

    /// Whether there is memory for more of the head that is being read, of which the connection holds `unread` more bytes. Where
    /// memory is short, only a short head may go on.
    func hasMemory(beside unread: Int) -> Bool {
        relay.worker.memory.pressure == .none || parser.head.size &+ unread <= Worker.shortHead
    }

    /// Ends the request, all of which has been received.
    func endRequest() {
        relay.leftOut(parser.droppedTrailers, ofRequest: true)
        relay.requestEnded(trailers: parser.trailers)
    }

    /// Gives back the storage that a large message needed, so that it is not kept for the next one. Beside `others` that rest, few
    /// may keep much, so that many requests at once do not fill the memory.
    func rest(beside others: Int) {
        let kept = others < 256 ? 16 << 10 : 4 << 10
        relay.rest(keeping: kept)
        parser.head.trim(to: kept)
        if output.capacity > kept { output = [] }
    }
}

extension ParseFailure {
    static let plainHTTP = ParseFailure(.plainHTTP)
    static let memoryLimit = ParseFailure(
        .memoryLimit, status: 431, message: "there is no memory for a head of this size at the moment")
}
