import ProxyCore
import ProxyTransport

/// Finds the app that nobody has named.
struct UpstreamSearch: Sendable {
    /// Where apps usually listen: Flask, then Django, uvicorn and gunicorn, then what has to do with JavaScript. The first that is heard is
    /// chosen.
    var ports = [5000, 8000, 3000]
    /// Whether somebody listens there.
    var accepts: @Sendable (SocketTarget) async -> Bool = { target in
        (try? await HealthProbe.connect(to: target, timeout: 1_000)) != nil
    }

    private static let addresses = ["127.0.0.1", "::1"]

    /// Who listens on these ports of this machine, by port, each once.
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

    /// Where a listener of a program stands among those that may be the app: first those on a usual port, then by port.
    func rank(_ target: SocketTarget) -> (Int, Int) {
        guard let port = target.port else { return (.max, .max) }
        return (ports.firstIndex(of: port) ?? ports.count, port)
    }
}
