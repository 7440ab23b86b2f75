import ProxyCore
import Testing

/// Which addresses of upstreams are an own listener.
@Suite struct SocketTargetTests {
    private static func target(_ text: String) throws -> SocketTarget {
        try #require(SocketTarget(text: text), "\(text)")
    }

    @Test(arguments: [
        ("127.0.0.1:80", "127.0.0.1:80"), ("127.0.0.1:80", "0.0.0.0:80"), ("127.9.9.9:80", "0.0.0.0:80"),
        ("0.0.0.0:80", "0.0.0.0:80"),
        ("0.0.0.0:80", "127.0.0.1:80"), ("localhost:80", "127.0.0.1:80"), ("LocalHost.:80", "[::1]:80"),
        ("localhost:80", "0.0.0.0:80"),
        ("app.localhost:80", "[::]:80"), ("localhost:80", "[::]:80"), ("127.0.0.1:80", "[::]:80"), ("[::1]:80", "[::]:80"),
        ("[::]:80", "[::1]:80"),
        ("[0:0::1]:80", "[::1]:80"), ("[::ffff:127.0.0.1]:80", "127.0.0.1:80"), ("[::ffff:127.0.0.1]:80", "0.0.0.0:80"),
        ("[::]:80", "[::]:80"),
        ("ip6-localhost:80", "[::1]:80"), ("127.0.0.1:80", "localhost:80"), ("[::1]:80", "localhost:80"),
        ("web.example:80", "WEB.example.:80"),
        ("10.0.0.1:80", "10.0.0.1:80"), ("unix:/run/a.sock", "unix:/run/a.sock"),
        ("unix:/run//x/.././a.sock", "unix:/run/a.sock"),
    ])
    func leads(_ server: String, _ bind: String) throws {
        #expect(try Self.target(server).leads(to: Self.target(bind)))
    }

    @Test(arguments: [
        ("127.0.0.1:80", "127.0.0.1:81"), ("127.0.0.1:80", "127.0.0.2:80"), ("10.0.0.1:80", "0.0.0.0:80"),
        ("10.0.0.1:80", "[::]:80"),
        ("[::1]:80", "0.0.0.0:80"), ("[::]:80", "0.0.0.0:80"), ("[::1]:80", "127.0.0.1:80"), ("app:80", "0.0.0.0:80"),
        ("app:80", "127.0.0.1:80"),
        ("localhost.example:80", "0.0.0.0:80"), ("127.0.0.1:0", "127.0.0.1:0"), ("unix:/run/a.sock", "unix:/run/b.sock"),
        ("unix:/run/a.sock", "127.0.0.1:80"), ("127.0.0.1:80", "unix:/run/a.sock"),
    ])
    func leadsElsewhere(_ server: String, _ bind: String) throws {
        #expect(try !Self.target(server).leads(to: Self.target(bind)))
    }
}
