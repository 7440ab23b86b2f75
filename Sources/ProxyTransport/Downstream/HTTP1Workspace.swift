import HTTP1
import HTTPModel
import ProxyCore

/// What an HTTP/1 connection needs from the first byte of a request to the last of its response. A worker lends it, so that a
/// connection that waits for its next request holds no buffers: most connections wait, most of the time.
final class HTTP1Workspace {
    var parser: RequestParser
    let relay: Relay
    /// What is to be said to the client.
    var output: [UInt8] = []
    /// What the parser was made for.
    private var configuration: CompiledConfiguration

    init(worker: Worker, listener: ListenerContext) {
        configuration = listener.generation.configuration
        parser = Self.parser(configuration)
        relay = Relay(worker: worker, listener: listener)
    }

    /// To be called between two requests.
    func serve(_ downstream: DownstreamSide, under configuration: CompiledConfiguration) {
        relay.serve(downstream)
        guard configuration !== self.configuration else { return }
        self.configuration = configuration
        parser = Self.parser(configuration)
    }

    private static func parser(_ configuration: CompiledConfiguration) -> RequestParser {
        RequestParser(limits: configuration.source.limits.message, names: configuration.names)
    }

    /// The rest of the request's body is so short that reading it to its end is cheaper than another connection.
    var canDiscardBody: Bool {
        if case .length(let length) = parser.body { length <= 64 << 10 && !parser.expectsContinue } else { false }
    }

    /// Bytes of memory that a connection takes which has it.
    var weight: Int { parser.head.storageSize &+ relay.weight }

    /// Whether the head that is being read may go on, of which the connection holds `unread` bytes more. Where memory is short, only a
    /// short one may.
    func hasMemory(beside unread: Int) -> Bool {
        relay.worker.memory.pressure == .none || parser.head.size &+ unread <= Worker.shortHead
    }

    /// All of the request has come.
    func endRequest() {
        relay.leftOut(parser.droppedTrailers, ofRequest: true)
        relay.requestEnded(trailers: parser.trailers)
    }

    /// What one large message has left is not kept for the next.
    func rest() {
        relay.rest(keeping: Self.kept)
        parser.head.trim(to: Self.kept)
        if output.capacity > Self.kept { output = [] }
    }

    /// Bytes of one buffer.
    private static let kept = 16 << 10
}

extension ParseFailure {
    static let plainHTTP = ParseFailure(.plainHTTP)
    static let memoryLimit = ParseFailure(
        .memoryLimit, status: 431, message: "there is no memory for a head of this size at the moment")
}

/// The workspaces that no connection needs at the moment. The one that was used last is lent first: it is still in the
/// processor's caches.
struct WorkspaceShelf {
    private var workspaces: [HTTP1Workspace] = []
    /// More are not kept: so many requests at once are rare.
    private static let limit = 256

    mutating func take() -> HTTP1Workspace? { workspaces.popLast() }

    mutating func put(_ workspace: HTTP1Workspace) {
        guard workspaces.count < Self.limit else { return workspace.relay.retire() }
        workspace.rest()
        workspaces.append(workspace)
    }

    /// The configuration under which they were used is no longer in force.
    mutating func clear() {
        for workspace in workspaces { workspace.relay.retire() }
        workspaces.removeAll()
    }
}
