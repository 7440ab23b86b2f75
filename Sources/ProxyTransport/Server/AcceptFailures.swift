import NIOCore

/// Connections that cannot be accepted, mostly for want of descriptors: they wait in the kernel's queue, and people are told.
final class AcceptFailures: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let occupancy: Occupancy
    private let log: @Sendable (_ cause: String) -> Void

    init(_ occupancy: Occupancy, log: @escaping @Sendable (_ cause: String) -> Void) {
        self.occupancy = occupancy
        self.log = log
    }

    /// Trying again at once would be all that the event loop does.
    static func pause() -> AcceptBackoffHandler { AcceptBackoffHandler { _ in .milliseconds(100) } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is IOError else { return }
        if occupancy.maySayShortage() { log(systemText(error)) }
    }
}
