import ArgumentParser
import NIOCore
import NIOPosix

/// A load at a fixed rate over HTTP/1.1 connections that stay open. What a request waited counts from the moment at which it was due,
/// not from the one at which a connection was free for it: a proxy that stalls delays all the requests behind, and each of them says so.
@main
struct PacedLoad: ParsableCommand {
    @Argument(help: "HOST:PORT, an IP address.")
    var address: String
    @Option(help: "Requests a second.")
    var rate: Double
    @Option(help: "How long requests are sent and counted.")
    var seconds = 4.0
    @Option(help: "How long they are sent before that.")
    var warmUp = 0.5
    @Option(help: "How many connections carry them.")
    var connections = 64
    @Option(help: "What is asked for.")
    var path = "/"
    @Option(help: "A header line of every request.")
    var header: [String] = []

    func validate() throws {
        guard rate > 0, seconds > 0, warmUp >= 0, connections > 0 else {
            throw ValidationError("every number has to be positive")
        }
    }

    func run() throws {
        guard let colon = address.lastIndex(of: ":"), let port = Int(address[colon...].dropFirst()) else {
            throw ValidationError("the address is HOST:PORT")
        }
        let target = try SocketAddress(ipAddress: String(address[..<colon]), port: port)
        let request = (["GET \(path) HTTP/1.1", "Host: \(address)"] + header).joined(separator: "\r\n") + "\r\n\r\n"
        let schedule = Schedule(rate: rate, warmUp: warmUp, seconds: seconds)
        let connections = connections
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        let latencies = try loop.flatSubmit {
            Pacer(schedule: schedule, request: ByteBuffer(string: request), loop: loop)
                .run(against: target, connections: connections)
        }.wait()
        print(latencies.json)
    }
}
