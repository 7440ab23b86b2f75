import HTTPModel
import HeaderPolicy
import ProxyCore

/// Carries out what an exchange asks for, as the proxy does, and says it in words.
extension DrivenExchange {
    func take(_ actions: consuming ExchangeActions) -> String { carryOut(actions) + check() }

    func carryOut(_ actions: consuming ExchangeActions) -> String {
        var words: [String] = []
        let app = actions.app
        if actions.credit != 0 { words.append("credit \(actions.credit)") }
        own.credited += actions.credit
        promise(actions.credit >= 0 && own.credited <= own.taken, "no more credit than there were bytes")
        if actions.blames {
            words.append("blames")
            promise(own.mayBlame, "who was not connected to is not to blame")
        }
        if actions.cancels {
            words.append("cancels")
            own.link = .none
        }
        if actions.givesUpOnClient { words.append("gives up") }
        if let word = tellClient(actions) { words.append(word) }
        var more = ""
        if let word = tellApp(app, &more) { words.append(word) }
        let text = words.isEmpty ? "-" : words.joined(separator: ", ")
        return text + more
    }

    private func tellClient(_ actions: consuming ExchangeActions) -> String? {
        switch consume actions.client {
        case .nothing: return nil
        case .interim:
            promise(own.finals == 0 && !own.isOver, "interim responses come before the final one")
            return "interim \(exchange.response.status.rawValue)"
        case .head(let head, let body):
            return "head \(writeFinal(head)) \(body)"
        case .reply(let head, let body, let leavesBody):
            let status = writeFinal(head)
            conclude(leavesBody)
            return "reply \(status)" + (body.isEmpty ? " empty" : "") + (leavesBody ? " leaves" : "")
        case .tunnel(let head, let body):
            own.isTunnel = true
            return "tunnel \(writeFinal(head)) \(body)"
        case .finish(let leavesBody):
            promise(own.finals == 1 && !own.isTunnel, "what is finished has begun")
            conclude(leavesBody)
            return "finish" + (leavesBody ? " leaves" : "")
        case .truncate:
            promise(own.finals == 1, "what is cut off has begun")
            conclude(false)
            return "truncate"
        case .finishTunnel:
            promise(own.isTunnel, "there is a tunnel to be finished")
            conclude(false)
            return "finish tunnel"
        case .pause:
            promise(!own.isOver, "who has its answer is not asked to pause")
            return "pause"
        case .resume:
            promise(!own.isOver, "who has its answer is not asked to go on")
            return "resume"
        case .stopBody:
            promise(own.isOver, "a body is wanted until there is an answer")
            return "stop body"
        }
    }

    private func writeFinal(_ staged: consuming StagedHead) -> UInt16 {
        let status = staged.head.status
        let fields = staged.head.fields
        promise(fields.indices.count { fields.name(at: $0).equalsIgnoringCase("x-once".utf8.span) } == 1, "staged once")
        promise(own.finals == 0 && !own.isOver, "one final response")
        own.finals += 1
        exchange.wrote(staged)
        return status.rawValue
    }

    private func conclude(_ leavesBody: Bool) {
        promise(!own.isOver, "a response ends once")
        own.isOver = true
        guard leavesBody else { return }
        own.isLingering = true
        exchange.linger(until: context.now + 2_000)
    }

    private func tellApp(_ action: ExchangeActions.ForApp, _ more: inout String) -> String? {
        switch action {
        case .nothing: return nil
        case .forward(let upstream, _):
            promise(own.link == .none, "one connection at a time")
            want()
            return "forward \(upstream)"
        case .repeatRequest:
            want()
            return "repeat"
        case .moveOn(let isRepeated, let fault):
            own.link = .none
            let word = isRepeated ? "move on repeated" : "move on"
            guard own.others > 0 else {
                more = "; " + carryOut(exchange.nobodyElse(after: fault, &context))
                return word
            }
            own.others -= 1
            exchange.movesOn()
            want()
            return word
        case .pass(let keeps):
            promise(own.link == .open, "bytes go to an app that is there")
            return keeps ? "keep" : "pass"
        case .hold:
            promise(own.link == .wanted || own.isCollecting && !own.isOver, "bytes are held for somebody")
            return "hold"
        case .forget:
            promise(own.link == .open, "what is forgotten has been sent")
            return "forget"
        case .finishBody:
            promise(own.link != .none, "a body ends for somebody")
            return "finish body"
        case .finishTunnel:
            promise(own.link == .open && own.isTunnel, "there is a tunnel whose side ends")
            return "finish app's side"
        case .read:
            promise(own.link == .open, "there is somebody to read from")
            return "read"
        }
    }

    private func want() {
        own.link = .wanted
        own.mayBlame = false
        own.isAppFull = false
    }
}
