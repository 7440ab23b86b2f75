import HTTP1
import HTTPModel
import NIOCore
import ProxyCore

/// A response of a `LocalService` that goes on: asks for more some times a second, while the client takes it.
final class StreamedResponse {
    private let stream: any LocalStream
    private var ticker: RepeatedTask?
    private static let tick = TimeAmount.milliseconds(250)

    init(_ stream: any LocalStream) { self.stream = stream }

    deinit { ticker?.cancel() }

    func begin(on context: ChannelHandlerContext, of service: any LocalService) {
        var response = ResponseHead()
        response.fields.append("Date", HTTPDate.bytes(unixSeconds: WallClock.unixSeconds()).span.text)
        stream.writeHead(into: &response)
        service.complete(&response)
        var output: [UInt8] = []
        MessageWriter.writeResponse(response, framing: .asFields, persistence: .close, into: &output)
        output += stream.next()
        context.writeAndFlush(NIOAny(ByteBuffer(bytes: output)), promise: nil)
        let state = NIOLoopBound((Weak(self), context.channel), eventLoop: context.eventLoop)
        ticker = context.eventLoop.scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { task in
            let (response, channel) = state.value
            guard let response = response.value, channel.isActive else { return task.cancel() }
            response.goOn(channel)
        }
    }

    private func goOn(_ channel: any Channel) {
        guard channel.isWritable else { return }
        let output = stream.next()
        if !output.isEmpty { channel.writeAndFlush(ByteBuffer(bytes: output), promise: nil) }
    }

    private struct Weak {
        weak var value: StreamedResponse?
        init(_ value: StreamedResponse) { self.value = value }
    }
}

extension ServiceHandler {
    /// The connection is the stream's from now on.
    func begin(_ stream: any LocalStream, on context: ChannelHandlerContext) {
        let response = StreamedResponse(stream)
        streaming = response
        response.begin(on: context, of: service)
    }
}
