import EventLoop
import HTTPModel
import HeaderPolicy
import ProxyCore
import TLS

/// The connection of an inquiry: the part that is the same for HTTP/1.1 and HTTP/2.
class InquiryConnection: SocketConnection {
    final let inquiry: Inquiry
    private let address: Endpoint
    private var isOpen = false
    final var response: WebClient.Response?

    init(_ inquiry: Inquiry, _ address: Endpoint) {
        self.inquiry = inquiry
        self.address = address
        super.init(inquiry.host)
    }

    /// Sends the request; subclasses override it.
    func begin() {}

    override final func opened() {
        isOpen = true
        // The address has answered; from now on only the inquiry's own deadline counts.
        deadline = .max
        if inquiry.question.extent == .connection { return inquiry.finish(.success(.nothing)) }
        guard let security = inquiry.question.security else { return begin() }
        guard let session = security.session(for: inquiry.question.named) else { return fail(.tls(TLSWords.noMemory)) }
        secure(session, startsAsClient: true)
    }

    override final func secured() {
        let agreed = security?.applicationProtocol
        guard inquiry.question.security?.accepts(agreed) != false else { return fail(.otherProtocol(agreed)) }
        begin()
    }

    override final func securityFailed(_ fault: Fault) {
        if response != nil { return succeed() }
        fail(.tls(inquiry.question.security?.words(for: fault, of: inquiry.question.named) ?? fault.reason))
    }

    /// The address did not answer in its share of the time.
    override final func deadlinePassed() {
        close()
        inquiry.failed(address, .timedOut)
    }

    override final func gone(_ error: SystemError?) {
        guard let error else { return }
        if response != nil { return succeed() }
        if isOpen { fail(.broken(error.text)) } else { inquiry.failed(address, error) }
    }

    final func fail(_ failure: WebClient.Failure) { inquiry.finish(.failure(failure)) }

    /// Finishes the inquiry with the response as far as it has been received; fails when there is none.
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
        inquiry.finish(.success(response))
    }

    /// The fields of the request as they are sent. If one is invalid, ends the inquiry and returns nil.
    final func fields(lowercased: Bool) -> Fields? {
        var fields = Fields()
        for field in inquiry.question.request.fields where field.name.lowercased() != "host" {
            guard fields.append(lowercased ? field.name.lowercased() : field.name, field.value) else {
                fail(.badRequest("\"\(field.name): \(field.value)\" is not a field"))
                return nil
            }
        }
        return fields
    }
}
