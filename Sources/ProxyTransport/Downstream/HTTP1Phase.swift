extension HTTP1Downstream {
    /// What an HTTP/1 connection is doing.
    enum Phase {
        /// Between requests.
        case idle
        /// Part of a head has come.
        case head
        /// An exchange is going on; its request may still be coming.
        case exchange
        case tunnel
        /// The response is out, and what is left of the request's short body is read and thrown away.
        case discarding
        /// The last response has been written; what still comes is thrown away.
        case lingering
        case closed
    }
}
