import EventLoop
import HTTPModel
import HeaderPolicy
import ProxyCore
import TLS

/// A request that the proxy makes on its own account, on a fresh connection to the first of the server's addresses that accepts
/// one.
///
/// It lives on a loop until it has its answer, at the latest until its timeout.
final class Inquiry: Timed {
    struct Question: Sendable {
        var request: WebClient.Request
        var target: SocketTarget
        /// The timeout for the whole inquiry, in milliseconds.
        var timeout: Int
        /// The TLS settings; nil for cleartext.
        var security: UpstreamSecurity?
        /// The server whose name the certificate must have.
        var named: SocketTarget
        var extent = Extent.all

        enum Extent {
            case connection, head, all
            /// The head, and what comes of the body within a second: a stream of events has no end to wait for.
            case beginning
        }
    }

    typealias Answer = Result<WebClient.Response, WebClient.Failure>

    let question: Question
    let host: Connections
    private let done: (Answer) -> Void
    private var addresses: AddressList
    private var tried = NoAddressAnswers()
    private var connection: InquiryConnection?
    private var lookup: LoopTask?
    private var end = 0
    /// The failure to report when the deadline passes, which may be moved forward to end the inquiry early.
    private var verdict = WebClient.Failure.timeout

    /// - Parameter done: called exactly once, and never before `start` returns.
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
            giveUp(.noConnection(error.text, isTimeout: false))
        }
    }

    private func lookedUp(_ result: Result<[Endpoint], SystemError>, _ name: String) {
        lookup = nil
        host.refreshClock()
        switch result {
        case .success(let found):
            addresses.found(found)
            tryNext()
        case .failure: giveUp(.noConnection("no address for \(name)", isTimeout: false))
        }
        host.jobDone()
    }

    private func tryNext() {
        let now = host.clock.now
        guard let (address, limit) = addresses.next(within: end &- now) else {
            return giveUp(.noConnection(tried.text, isTimeout: tried.isTimeout))
        }
        let isHTTP2 = question.request.version == .http2
        let connection: InquiryConnection = isHTTP2 ? HTTP2Inquiry(self, address) : HTTP1Inquiry(self, address)
        // The last address has all the time that is left.
        if limit < end &- now { connection.deadline = now &+ limit }
        connection.connect(to: address)
        self.connection = connection
    }

    /// Called when an address did not accept the connection; tries the next one.
    func failed(_ address: Endpoint, _ error: SystemError) {
        // The inquiry may have ended in the meantime.
        guard isTimed else { return }
        connection = nil
        tried.attempts.append((address, error))
        tryNext()
    }

    /// Ends the inquiry with a failure at once, because there is nothing left to wait for.
    private func giveUp(_ failure: WebClient.Failure) {
        verdict = failure
        deadline = host.clock.now
    }

    /// Waits for the body no longer than a second, if its beginning is enough.
    func headCame() {
        if question.extent == .beginning { deadline = min(end, host.clock.now &+ 1000) }
    }

    override func deadlinePassed() {
        guard question.extent == .beginning, let connection, connection.response != nil else { return finish(.failure(verdict)) }
        connection.succeed(isCut: true)
    }

    func finish(_ answer: Answer) {
        guard isTimed else { return }
        host.deadlines.remove(self)
        lookup?.cancel()
        connection?.close()
        connection = nil
        done(answer)
    }
}
