import EventLoop

/// The error when no address of a server accepted a connection.
struct NoAddressAnswers: Error {
    /// The attempts, in the order in which they were made.
    var attempts: [(address: Endpoint, error: SystemError)] = []

    /// The errors as text, each with its address if there were several.
    var text: String {
        attempts.count == 1 ? attempts[0].error.text : namedText
    }

    /// The errors as text, each with its address.
    var namedText: String {
        attempts.map { "\($0.address): \($0.error.text)" }.joined(separator: "; ")
    }

    var isTimeout: Bool { attempts.contains(where: \.error.isTimeout) }
}
