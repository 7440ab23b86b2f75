import HTTP1
import HTTPModel
import HeaderPolicy
import NIOCore
import ProxyCore

/// Local replies: responses that no app made. They pass the same stage.
extension Exchange {
    func respond(_ fixed: FixedResponse) {
        LocalReply.write(fixed, allow: configuration.allowedMethods(facts, listener: listener.index), into: &response)
        reply(with: fixed.body, reason: "respond")
    }

    func redirect(to template: Template, _ status: Status) {
        let varied = route.map { configuration.routes[$0].varied } ?? []
        guard
            LocalReply.writeRedirect(
                template, status, varied: varied, facts: facts, into: &response, scratch: &worker.replyBody)
        else {
            return reply(400, reason: "unsafe_redirect")
        }
        reply(with: [], reason: "redirect")
    }

    /// An error, or a preflight's answer, that no app made. `cause`: why, in words, for a client that may know.
    func reply(_ status: Status, reason: String, cause: String? = nil) {
        guard status.rawValue >= 400 else {
            response.removeAll()
            response.status = status
            return reply(with: [], reason: reason)
        }
        let hasLength = LocalReply.writeError(
            status, reason: reason, facts: facts, allow: configuration.allowedMethods(facts, listener: listener.index),
            into: &response,
            body: &worker.replyBody, retryAfter: status == 503 || status == 429 ? 1 : nil, cause: cause ?? self.cause(of: reason))
        reply(with: worker.replyBody, reason: reason, hasLength: hasLength)
    }

    /// Sends `response` with a body, through the stage. `hasLength`: it says how long the body is.
    func reply(with body: [UInt8], reason: String, hasLength: Bool = true) {
        guard machine.canReply else { return }
        if !webSocketKey.isEmpty, response.status.isSuccess { return reply(400, reason: "not_a_websocket") }
        facts.source = .proxy
        facts.reason = reason
        LocalReply.complete(
            &response, bodyCount: hasLength ? body.count : nil, date: worker.date, scratch: &worker.digits)
        machine.responseStarted()
        applyResponseStage()
        if facts.isPreflight { facts.reason = response.preflightReason(for: facts.request) }
        let hasBody = !body.isEmpty && facts.request.method != .head && !response.status.forbidsBody
        downstream.writeHead(response, body: hasBody ? .length(body.count) : .none)
        if hasBody {
            responseBytesWritten = body.count
            downstream.writeBody(ByteBuffer(bytes: body))
        }
        let leavesBody = machine.responseCompleted()
        end(trailers: worker.noFields, leavesBody: leavesBody)
        downstream.flush()
    }
}
