import EventLoop
import HTTPModel
import HeaderPolicy
import ProxyCore
import TLS

/// A request that the proxy makes on its own account, on a fresh connection: the part that is the same for HTTP/1.1 and HTTP/2.
///
/// It lives on a loop until it has its answer, at the latest until its timeout.
class Inquiry: DialledConnection {
    struct Question: Sendable {
        var request: WebClient.Request
        var destination: Destination
        /// The timeout for the whole inquiry, in milliseconds.
        var timeout: Int
        var extent = Extent.all

        enum Extent {
            case connection, head, all
            /// The head, and what comes of the body within a second: a stream of events has no end to wait for.
            case beginning
        }
    }

    typealias Answer = Result<WebClient.Response, WebClient.Failure>

    final let question: Question
    final var response: WebClient.Response?
    private var done: ((Answer) -> Void)?
    private let end: Int

    required init(_ question: Question, on host: Connections, done: @escaping (Answer) -> Void) {
        self.question = question
        self.done = done
        host.refreshClock()
        end = host.clock.now &+ max(1, question.timeout)
        super.init(host)
    }

    /// - Parameter done: called exactly once, and never before this returns.
    static func start(_ question: Question, on host: Connections, done: @escaping (Answer) -> Void) {
        let kind = question.request.version == .http2 ? HTTP2Inquiry.self : HTTP1Inquiry.self
        let inquiry = kind.init(question, on: host, done: done)
        inquiry.dial(question.destination, until: inquiry.end)
    }

    /// Sends the request; subclasses override it.
    func begin() {}

    override final func dialled() {
        deadline = end
        if question.extent == .connection { finish(.success(.nothing)) } else { begin() }
    }

    override final func dialFailed(_ why: NoConnection) {
        let failure: WebClient.Failure =
            switch why {
            case .unknown(let name, _): .noConnection("no address for \(name)", isTimeout: false)
            case .refused(let attempts): .noConnection(attempts.text, isTimeout: attempts.isTimeout)
            case .shortage(let error): .noConnection(error.text, isTimeout: false)
            case .late: .timeout
            case .broken(let error): .broken(error.text)
            case .tls(let fault): .tls(question.destination.words(for: fault))
            case .otherProtocol(let agreed): .otherProtocol(agreed)
            case .noSession: .tls(TLSWords.noMemory)
            }
        // It may have failed before `start` has returned.
        let place = LoopLocal(self)
        loop.mail.post { _ in
            place.use { inquiry in
                inquiry.host.refreshClock()
                inquiry.fail(failure)
                inquiry.host.jobDone()
            }
        }
    }

    override final func securityBroke(_ fault: Fault) {
        if response != nil { return succeed() }
        fail(.tls(question.destination.words(for: fault)))
    }

    override final func gone(_ error: SystemError?) {
        guard let error else { return }
        if response != nil { return succeed() }
        fail(.broken(error.text))
    }

    /// Waits for the body no longer than a second, if its beginning is enough.
    final func headCame() {
        if question.extent == .beginning { deadline = min(end, host.clock.now &+ 1000) }
    }

    override final func rest() {
        if question.extent == .beginning, response != nil { succeed(isCut: true) } else { fail(.timeout) }
    }

    final func fail(_ failure: WebClient.Failure) { finish(.failure(failure)) }

    /// Finishes with the response as far as it has been received; fails when there is none.
    ///
    /// - Parameters:
    ///   - isComplete: whether the message ended as its framing announced.
    ///   - isCut: whether the rest of the body is not waited for.
    ///   - fault: what was wrong with the body.
    final func succeed(isComplete: Bool = false, isCut: Bool = false, because fault: BadResponse? = nil) {
        guard var response else { return fail(.closed) }
        response.isComplete = isComplete
        response.isCut = isCut
        response.bodyFault = fault
        finish(.success(response))
    }

    private func finish(_ answer: Answer) {
        guard let done else { return }
        self.done = nil
        close()
        done(answer)
    }

    /// The fields of the request as they are sent. If one is invalid, ends the inquiry and returns nil.
    final func fields(lowercased: Bool) -> Fields? {
        var fields = Fields()
        for field in question.request.fields where field.name.lowercased() != "host" {
            guard fields.append(lowercased ? field.name.lowercased() : field.name, field.value) else {
                fail(.badRequest("\"\(field.name): \(field.value)\" is not a field"))
                return nil
            }
        }
        return fields
    }
}
