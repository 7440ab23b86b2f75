import EventLoop
import HTTPModel
import HeaderPolicy
import ProxyCore
import TLS

/// One question to a server, on a fresh connection to the first of its addresses that takes one: what the proxy asks of its own accord.
///
/// Lives on a loop until it has its answer, at the latest when its time is up.
final class Inquiry: Timed {
    struct Question: Sendable {
        var request: WebClient.Request
        var target: SocketTarget
        /// Milliseconds for all of it.
        var timeout: Int
        /// Nil in the clear.
        var security: UpstreamSecurity?
        /// Whose certificate is asked for.
        var named: SocketTarget
        var extent = Extent.all
        enum Extent { case connection, head, all }
    }

    typealias Answer = Result<WebClient.Response, InquiryFailure>

    let question: Question
    let host: Connections
    private let done: (Answer) -> Void
    private var addresses: AddressList
    private var tried = NoAddressAnswers()
    private var connection: InquiryConnection?
    private var lookup: LoopTask?
    private var end = 0
    /// What there is to be said when the time is up, or up early.
    private var verdict = InquiryFailure.timeout

    /// - Parameter done: called once, never before `start` returns.
    init(_ question: Question, on host: Connections, done: @escaping (Answer) -> Void) {
        self.question = question
        self.host = host
        self.done = done
        addresses = AddressList(question.target)
    }

    func start() {
        host.refreshClock()
        end = host.clock.now &+ max(1, question.timeout)
        deadline = end
        host.deadlines.insert(self)
        guard let unknown = addresses.unknown else { return tryNext() }
        do throws(SystemError) {
            lookup = try host.loop.lookUp(unknown.name, port: unknown.port) { [self] in lookedUp($0, unknown.name) }
        } catch {
            giveUp(.noConnection(error.text))
        }
    }

    private func lookedUp(_ result: Result<[Endpoint], SystemError>, _ name: String) {
        lookup = nil
        host.refreshClock()
        switch result {
        case .success(let found):
            addresses.found(found)
            tryNext()
        case .failure: giveUp(.noConnection("no address for \(name)"))
        }
        host.jobDone()
    }

    private func tryNext() {
        let now = host.clock.now
        guard let (address, limit) = addresses.next(within: end &- now) else { return giveUp(.noConnection(tried.text)) }
        let isHTTP2 = question.request.version == .http2
        let connection: InquiryConnection = isHTTP2 ? HTTP2Inquiry(self, address) : HTTP1Inquiry(self, address)
        // The last one has all the time that is left.
        if limit < end &- now { connection.deadline = now &+ limit }
        connection.connect(to: address)
        self.connection = connection
    }

    /// That address took no connection.
    func failed(_ address: Endpoint, _ error: SystemError) {
        // It may have been given up in between.
        guard isTimed else { return }
        connection = nil
        tried.attempts.append((address, error))
        tryNext()
    }

    /// There is nothing to wait for.
    private func giveUp(_ failure: InquiryFailure) {
        verdict = failure
        deadline = host.clock.now
    }

    override func deadlinePassed() { finish(.failure(verdict)) }

    func finish(_ answer: Answer) {
        guard isTimed else { return }
        host.deadlines.remove(self)
        lookup?.cancel()
        connection?.close()
        connection = nil
        done(answer)
    }
}

/// Why there is no answer.
enum InquiryFailure: Error, Sendable {
    case timeout
    case noConnection(String)
    /// The connection broke.
    case broken(String)
    /// The connection was closed before there was anything of an answer.
    case closed
    case tls(String)
    /// TLS settles on that protocol, or on none, where HTTP/2 is asked for.
    case otherProtocol(String?)
    case notHTTP(String)
    case badRequest(String)
}
