import ProxyCore

/// What holds whatever happens.
extension DrivenExchange {
    func promise(_ holds: Bool, _ words: String) { if !holds { broken.append(words) } }

    /// What holds after each event. Nothing to say about it.
    func check() -> String {
        promise(exchange.isComplete || !own.wasComplete, "what is over stays so")
        own.wasComplete = exchange.isComplete
        promise(exchange.isComplete == own.isOver, "it is over when the client's side is")
        promise((exchange.status != nil) == (own.finals == 1), "there is a status as soon as there is a final response")
        promise(exchange.requestBytes == own.taken, "every byte counts")
        guard !exchange.isComplete else {
            promise(exchange.deadline == .max || own.isLingering, "what is over waits for nothing")
            return ""
        }
        promise(
            exchange.isConnected == (own.link == .open) && exchange.isConnecting == (own.link == .wanted),
            "it knows its connection")
        if own.link == .open {
            promise(own.delivered == own.taken, "the app gets every byte, on every connection")
            promise(own.isAppFull || own.credited == own.taken, "who has passed on everything gives credit for it")
            promise(!exchange.mayRepeat || own.held == own.taken, "what may be repeated is there")
        }
        checkDeadline()
        return ""
    }

    private func checkDeadline() {
        let whole = configuration.source.timeouts.exchange
        guard exchange.startedAt > 0, whole > 0 else { return }
        if own.isTunnel {
            promise(exchange.deadline < .max || own.isClientFull, "a tunnel does not wait for ever")
        } else {
            promise(exchange.deadline <= own.beganAt + whole, "an exchange ends in time")
        }
    }
}
