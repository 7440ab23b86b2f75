extension HTTP1Downstream {
    /// The state of an HTTP/1 connection.
    enum Phase {
        /// Between requests.
        case idle
        /// Part of a head has arrived.
        case head
        /// An exchange is in progress; its request may still be arriving.
        case exchange
        case tunnel
        /// The response has been written, and the rest of the request's short body is read and discarded.
        case discarding
        /// The last response has been written; further input is discarded.
        case lingering
        case closed
    }
}
