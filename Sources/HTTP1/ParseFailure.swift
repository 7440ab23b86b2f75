import HTTPModel

extension ParseFailure {
    /// The failure of a request.
    init(request fault: Fault) {
        let (status, reason, message) = fault.description
        self.init(status: status, reason: reason, message: message)
    }

    /// The failure of a response: the upstream's fault, whatever it is.
    init(response fault: Fault) {
        let (_, reason, message) = fault.description
        self.init(status: 502, reason: reason, message: message)
    }
}
