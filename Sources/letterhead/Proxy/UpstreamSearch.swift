import ProxyCore
import ProxyTransport

/// Finds an app that the user has not named.
struct UpstreamSearch: Sendable {
    /// The ports where apps usually listen: Flask, then Django, uvicorn and gunicorn, then JavaScript servers. The first one that
    /// answers is chosen.
    var ports = [5000, 8000, 3000]
    /// Whether a server accepts connections at an address.
    var accepts: @Sendable (SocketTarget) async -> Bool = { target in
        (try? await HealthProbe.connect(to: target, timeout: 1_000)) != nil
    }

    private static let addresses = ["127.0.0.1", "::1"]

    /// The servers that listen on these ports of this machine, in the order of the ports, one per port.
    func found() async -> [SocketTarget] {
        var found: [SocketTarget] = []
        for port in ports {
            if let target = await first(of: Self.addresses.map { .tcp(host: $0, port: port) }) { found.append(target) }
        }
        return found
    }

    private func first(of targets: [SocketTarget]) async -> SocketTarget? {
        for target in targets where await accepts(target) { return target }
        return nil
    }

    /// Whether debuggers usually listen there: those of Node and of Python.
    func isDebugger(_ target: SocketTarget) -> Bool { [9229, 5858, 5678].contains(target.port) }

    /// The rank of a program's listener among those that may be the app: usual ports first, then by number.
    func rank(_ target: SocketTarget) -> (Int, Int) {
        guard let port = target.port else { return (.max, .max) }
        return (ports.firstIndex(of: port) ?? ports.count, port)
    }
}
