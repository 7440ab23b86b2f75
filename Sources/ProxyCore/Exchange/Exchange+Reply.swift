public import HTTPModel
import HeaderPolicy

/// Local replies: responses that no app made. They pass the same stage as those of apps.
extension Exchange {
    /// Refuses a request that was about to be forwarded.
    public mutating func refuse(
        _ reason: Reason, _ context: inout ExchangeContext
    ) -> ExchangeActions {
        own.machine.upstreamDropped()
        facts.upstream = []
        return reply(reason, &context)
    }

    mutating func respond(_ fixed: FixedResponse, _ context: inout ExchangeContext) -> ExchangeActions {
        LocalReply.write(fixed, allow: configuration.allowedMethods(facts, listener: listener), into: &response)
        return reply(with: fixed.body, for: .respond, &context)
    }

    mutating func redirect(
        to template: Template, _ status: Status, _ context: inout ExchangeContext
    ) -> ExchangeActions {
        let varied = own.route.map { configuration.routes[$0].varied } ?? []
        guard
            LocalReply.writeRedirect(
                template, status, varied: varied, facts: facts, into: &response, scratch: &context.replyBody)
        else {
            return reply(.unsafeRedirect, &context)
        }
        return reply(with: [], for: .redirect, &context)
    }

    /// Redirects to the same place by https.
    mutating func redirectToHTTPS(_ redirect: HTTPSRedirect, _ context: inout ExchangeContext) -> ExchangeActions {
        context.replyBody.clear()
        response.removeAll()
        response.status = redirect.status
        guard redirect.appendLocation(of: facts.request, to: &context.replyBody),
            response.fields.append(.location, "Location", context.replyBody)
        else {
            return reply(.missingHost, &context)
        }
        return reply(with: [], for: .redirectToHTTPS, &context)
    }

    /// Answers what the app would be asked about itself: which methods there are. A TRACE gets no copy of what it brought, which
    /// may hold what only the app should see (RFC 9110 §9.3.8).
    mutating func answerAsLast(_ context: inout ExchangeContext) -> ExchangeActions {
        guard facts.request.method == .options else { return reply(.maxForwards, status: 405, &context) }
        response.removeAll()
        response.status = 204
        response.fields.append("Allow", String(decoding: configuration.allowedMethods(facts, listener: listener), as: UTF8.self))
        return reply(with: [], for: .maxForwards, &context)
    }

    /// Replies with an error, or with a preflight's answer, that no app made.
    ///
    /// - Parameters:
    ///   - status: the status, if it differs from the reason's.
    ///   - cause: the cause in words, for a client that may see it.
    mutating func reply(
        _ reason: Reason, status: Status? = nil, cause: String? = nil, retryAfter: Int? = nil,
        _ context: inout ExchangeContext
    ) -> ExchangeActions {
        let status = status ?? reason.status ?? 500
        guard status.rawValue >= 400 else {
            response.removeAll()
            response.status = status
            return reply(with: [], for: reason, &context)
        }
        let hasLength = LocalReply.writeError(
            status, reason: reason, facts: facts, allow: configuration.allowedMethods(facts, listener: listener),
            into: &response, body: &context.replyBody,
            retryAfter: retryAfter ?? (status == 503 || status == 429 ? 1 : nil), cause: cause ?? self.cause(of: reason))
        return reply(with: context.replyBody, for: reason, hasLength: hasLength, &context)
    }

    /// Sends `response` with a body, through the stage. `hasLength`: whether the response states the body's length.
    mutating func reply(
        with body: [UInt8], for reason: Reason, hasLength: Bool = true, _ context: inout ExchangeContext
    ) -> ExchangeActions {
        guard own.machine.canReply else { return ExchangeActions() }
        if isWebSocket, response.status.isSuccess { return reply(.notAWebSocket, &context) }
        facts.source = .proxy
        facts.reason = reason
        LocalReply.complete(
            &response, bodyCount: hasLength ? body.count : nil, date: context.date, scratch: &context.digits)
        own.machine.responseStarted()
        let staged = stage(&context)
        if facts.isPreflight {
            own.refusal = staged.head.refusal(of: facts.request)
            facts.reason = own.refusal == nil ? .preflight : .preflightRefused
        }
        let hasBody = !body.isEmpty && facts.request.method != .head && !staged.head.status.forbidsBody
        own.responseBytes = hasBody ? body.count : 0
        own.deadline = .max
        let leavesBody = own.machine.responseCompleted()
        return .client(.reply(staged, body: hasBody ? body : [], leavesBody: leavesBody))
    }
}
