import HTTP1
import HTTPModel
import HeaderPolicy
import NIOCore
import ProxyCore

/// Local replies: responses that no app made. They pass the same stage.
extension Exchange {
    func respond(_ fixed: FixedResponse) {
        response.removeAll()
        response.status = fixed.status
        if let type = fixed.contentType {
            response.fields.append(.contentType, name: "Content-Type".utf8.span, value: type.utf8.span)
        }
        reply(with: fixed.body, reason: "respond")
    }

    func redirect(to template: Template, _ status: Status) {
        response.removeAll()
        response.status = status
        worker.replyBody.removeAll(keepingCapacity: true)
        let rendered = template.render(into: &worker.replyBody, facts: facts, response: response)
        guard rendered, response.fields.append(.location, "Location", worker.replyBody) else {
            return reply(400, reason: "unsafe_redirect")
        }
        reply(with: [], reason: "redirect")
    }

    /// An error, or a preflight's answer, that no app made.
    func reply(_ status: Status, reason: String) {
        worker.replyBody.removeAll(keepingCapacity: true)
        response.removeAll()
        response.status = status
        if status.rawValue >= 400, GRPCReply.isWanted(by: facts.request.fields) {
            GRPCReply.write(status: status, reason: reason, into: &response)
            return reply(with: [], reason: reason, hasLength: facts.request.version != .http2)
        }
        if !status.forbidsBody {
            LocalReply.write(
                status: status, reason: reason, requestID: facts.requestID, request: facts.request, into: &response,
                body: &worker.replyBody, retryAfter: status == 503 || status == 429 ? 1 : nil)
        }
        reply(with: worker.replyBody, reason: reason)
    }

    /// Sends `response` with a body, through the stage. `hasLength`: it says how long the body is.
    func reply(with body: [UInt8], reason: String, hasLength: Bool = true) {
        guard machine.canReply else { return }
        if !webSocketKey.isEmpty, response.status.isSuccess { return reply(400, reason: "not_a_websocket") }
        facts.source = .proxy
        facts.reason = reason
        response.fields.append(.date, "Date", worker.date)
        if hasLength, !response.status.forbidsBody, response.fields.firstIndex(of: .contentLength) == nil {
            worker.digits.removeAll(keepingCapacity: true)
            worker.digits.append(decimal: body.count)
            response.fields.append(.contentLength, "Content-Length", worker.digits)
        }
        machine.responseStarted()
        policy.applyToResponse(&response, facts: facts, scratch: &worker.scratch)
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
