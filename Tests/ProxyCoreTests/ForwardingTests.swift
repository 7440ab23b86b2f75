import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

@Suite struct ForwardingTests {
    static let forwarding = Forwarding(
        trustedProxies: ["10.0.0.0/8", "2001:db8::/32"].compactMap { CIDR($0.utf8.span) })

    static func peer(_ text: String) -> Peer {
        forwarding.peer(address: address(text), text: bytes(text), port: 4711)
    }

    struct Client: Sendable {
        var peer: String
        var lines: [String]
        var client: String
        var scheme = Scheme.http
    }

    static let clients = [
        Client(peer: "192.0.2.1", lines: [], client: "192.0.2.1"),
        Client(peer: "192.0.2.1", lines: ["X-Forwarded-For: 8.8.8.8", "X-Forwarded-Proto: https"], client: "192.0.2.1"),
        Client(peer: "10.0.0.1", lines: [], client: "10.0.0.1"),
        Client(
            peer: "10.0.0.1", lines: ["X-Forwarded-For: 8.8.8.8", "X-Forwarded-Proto: HTTPS"], client: "8.8.8.8", scheme: .https),
        // The rightmost that is not trusted: what stands left of it is its own invention.
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For: 1.1.1.1, 8.8.8.8,10.0.0.2"], client: "8.8.8.8"),
        Client(
            peer: "10.0.0.1", lines: ["X-Forwarded-For: 1.1.1.1, 8.8.8.8", "A: b", "x-forwarded-for: 10.0.0.2"], client: "8.8.8.8"
        ),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For: 10.0.0.3, 10.0.0.2"], client: "10.0.0.3"),
        // What is no address ends the walk.
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For: 8.8.8.8, unknown, 10.0.0.2"], client: "10.0.0.2"),
        // Empty members and quotes make no difference (RFC 9110 §5.6.1).
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For: 8.8.8.8,"], client: "8.8.8.8"),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For: 8.8.8.8, , 10.0.0.2 ,, "], client: "8.8.8.8"),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For: 8.8.8.8", "X-Forwarded-For: ,"], client: "8.8.8.8"),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For: \"8.8.8.8\", \"[2001:db8::1]:80\""], client: "8.8.8.8"),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For: \", 8.8.8.8"], client: "8.8.8.8"),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-Proto: http, https , ,"], client: "10.0.0.1", scheme: .https),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-Proto: https", "X-Forwarded-Proto:"], client: "10.0.0.1", scheme: .https),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-Proto: \"https\""], client: "10.0.0.1", scheme: .https),
        // `Forwarded` alone.
        Client(peer: "192.0.2.1", lines: ["Forwarded: for=8.8.8.8;proto=https"], client: "192.0.2.1"),
        Client(peer: "10.0.0.1", lines: ["Forwarded: for=8.8.8.8;proto=https"], client: "8.8.8.8", scheme: .https),
        Client(
            peer: "10.0.0.1", lines: ["forwarded: Proto=HTTPS; FOR=\"8.8.8.8:4711\" ;by=10.0.0.1"], client: "8.8.8.8",
            scheme: .https),
        Client(peer: "10.0.0.1", lines: ["Forwarded: for=\"[2a00::7]:4711\";proto=wss"], client: "2a00::7", scheme: .https),
        Client(peer: "10.0.0.1", lines: ["Forwarded: for=\"[2a00::7]\""], client: "2a00::7"),
        Client(peer: "10.0.0.1", lines: ["Forwarded: for=\"8.8.8.8:_hidden\""], client: "8.8.8.8"),
        Client(peer: "10.0.0.1", lines: ["Forwarded: for=[2a00::7]:80", "Forwarded: ,"], client: "2a00::7"),
        Client(
            peer: "10.0.0.1", lines: ["Forwarded: for=1.1.1.1, for=8.8.8.8;proto=https, for=10.0.0.2;proto=http"],
            client: "8.8.8.8", scheme: .https),
        Client(
            peer: "10.0.0.1", lines: ["Forwarded: for=1.1.1.1;proto=https, for=8.8.8.8, for=10.0.0.2;proto=http"],
            client: "8.8.8.8"),
        Client(
            peer: "10.0.0.1", lines: ["Forwarded: for=8.8.8.8;proto=https", "A: b", "Forwarded: for=\"[2001:db8::1]\""],
            client: "8.8.8.8", scheme: .https),
        Client(peer: "10.0.0.1", lines: ["Forwarded: for=10.0.0.3, for=10.0.0.2"], client: "10.0.0.3"),
        Client(peer: "10.0.0.1", lines: ["Forwarded: for=8.8.8.8, for=unknown;proto=https"], client: "10.0.0.1", scheme: .https),
        Client(peer: "10.0.0.1", lines: ["Forwarded: for=8.8.8.8;proto=https, for=_a.b-c, for=10.0.0.2"], client: "10.0.0.2"),
        Client(peer: "10.0.0.1", lines: ["Forwarded: proto=https"], client: "10.0.0.1", scheme: .https),
        Client(
            peer: "10.0.0.1", lines: ["Forwarded: for=8.8.8.8;x=\"a,b;c\\\"\";proto=https"], client: "8.8.8.8", scheme: .https),
        // What cannot be read hides what stands left of it.
        Client(peer: "10.0.0.1", lines: ["Forwarded: for=8.8.8.8;proto=https, nonsense"], client: "10.0.0.1"),
        Client(peer: "10.0.0.1", lines: ["Forwarded: for=8.8.8.8;for=9.9.9.9;proto=https"], client: "10.0.0.1"),
        Client(peer: "10.0.0.1", lines: ["Forwarded: for=\"8.8.8.8;proto=https"], client: "10.0.0.1"),
        Client(peer: "10.0.0.1", lines: ["Forwarded: for=6.6.6.6;x=\", for=8.8.8.8;host=\"a\";proto=https"], client: "10.0.0.1"),
        Client(peer: "10.0.0.1", lines: ["Forwarded: for = 8.8.8.8"], client: "10.0.0.1"),
        Client(peer: "10.0.0.1", lines: ["Forwarded: for=8.8.8.8.8"], client: "10.0.0.1"),
        Client(peer: "10.0.0.1", lines: ["Forwarded:"], client: "10.0.0.1"),
        // Where both are there, `X-Forwarded-*` counts alone.
        Client(peer: "10.0.0.1", lines: ["Forwarded: for=8.8.8.8;proto=https", "X-Forwarded-For: 9.9.9.9"], client: "9.9.9.9"),
        Client(
            peer: "10.0.0.1", lines: ["Forwarded: for=8.8.8.8;proto=http", "X-Forwarded-Proto: https"], client: "10.0.0.1",
            scheme: .https),
        Client(peer: "10.0.0.1", lines: ["Forwarded: for=8.8.8.8;proto=https", "X-Forwarded-Host: a"], client: "10.0.0.1"),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For:"], client: "10.0.0.1"),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For: 8.8.8.8.8"], client: "10.0.0.1"),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For: 08.8.8.8"], client: "10.0.0.1"),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For: 8.8.8.8:53211"], client: "8.8.8.8"),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For: 8.8.8.8:"], client: "10.0.0.1"),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For: [2a00::7]:99"], client: "2a00::7"),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For: [2a00::7]"], client: "2a00::7"),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For: 2a00::7"], client: "2a00::7"),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For: [2a00::7"], client: "10.0.0.1"),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-For: []"], client: "10.0.0.1"),
        Client(peer: "2001:db8::9", lines: ["X-Forwarded-For: 2a00::7, 2001:db8::8"], client: "2a00::7"),
        // Of a list, the member that the peer itself vouches for; the scheme of a WebSocket is that of its page.
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-Proto: http, wss"], client: "10.0.0.1", scheme: .https),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-Proto: https", "X-Forwarded-Proto: http"], client: "10.0.0.1"),
        Client(peer: "10.0.0.1", lines: ["X-Forwarded-Proto: gopher"], client: "10.0.0.1"),
        Client(peer: "", lines: ["X-Forwarded-For: 8.8.8.8"], client: ""),
    ]

    @Test(arguments: clients) func identifies(_ sample: Client) {
        var facts = ExchangeFacts()
        facts.request = request("GET", "/", sample.lines)
        Self.forwarding.identifyClient(&facts, peer: Self.peer(sample.peer))
        #expect(text(facts.clientAddress) == sample.client)
        #expect(facts.clientIP == address(sample.client))
        #expect(facts.clientPort == (sample.client == sample.peer ? 4711 : 0))
        #expect(facts.request.scheme == sample.scheme)
    }

    struct Forwarded: Sendable {
        var peer = "192.0.2.1"
        var host = "shop.example"
        var scheme = Scheme.http
        var prefix = ""
        var before: [String] = []
        var after: [String]
    }

    static let spoofed = [
        "X-Forwarded-For: 1.1.1.1", "A: b", "x-forwarded-proto: https", "X-Forwarded-Host: evil.example", "X-Forwarded-Port: 1",
        "X-Forwarded-Prefix: /evil",
    ]

    static let forwards = [
        Forwarded(after: [
            "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: shop.example", "X-Forwarded-Port: 80",
        ]),
        Forwarded(
            host: "shop.example:8443", scheme: .https, prefix: "/app", before: spoofed + ["Forwarded: for=1.1.1.1"],
            after: [
                "A: b", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example:8443",
                "X-Forwarded-Port: 8443", "X-Forwarded-Prefix: /app",
                "Forwarded: for=192.0.2.1;host=\"shop.example:8443\";proto=https",
            ]),
        Forwarded(
            peer: "2a00::7", host: "[::1]", scheme: .https, before: ["Forwarded: for=a", "forwarded: for=b"],
            after: [
                "X-Forwarded-For: 2a00::7", "X-Forwarded-Proto: https", "X-Forwarded-Host: [::1]", "X-Forwarded-Port: 443",
                "Forwarded: for=\"[2a00::7]\";host=\"[::1]\";proto=https",
            ]),
        // No address, no host.
        Forwarded(
            peer: "", host: "", before: spoofed + ["Forwarded: for=a"],
            after: ["A: b", "X-Forwarded-Proto: http", "X-Forwarded-Port: 80", "Forwarded: for=unknown;proto=http"]),
        // A trusted peer: lists grow, the rest is the outermost truth.
        Forwarded(
            peer: "10.0.0.1",
            after: [
                "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: shop.example", "X-Forwarded-Port: 80",
            ]),
        Forwarded(
            peer: "10.0.0.1", host: "inner:5000", prefix: "/in",
            before: [
                "X-Forwarded-For: 1.1.1.1, 8.8.8.8", "X-Forwarded-For: 10.0.0.2", "X-Forwarded-Proto: https",
                "X-Forwarded-Host: evil.example, shop.example", "X-Forwarded-Port: 8443", "X-Forwarded-Prefix: /out/",
                "Forwarded: for=8.8.8.8", "Forwarded: for=10.0.0.2",
            ],
            after: [
                "X-Forwarded-For: 1.1.1.1, 8.8.8.8, 10.0.0.2, 10.0.0.1", "X-Forwarded-Proto: https",
                "X-Forwarded-Host: shop.example", "X-Forwarded-Port: 8443", "X-Forwarded-Prefix: /out/in",
                "Forwarded: for=1.1.1.1, for=8.8.8.8, for=10.0.0.2, for=10.0.0.1;host=\"inner:5000\";proto=https",
            ]),
        // A client's `Forwarded` that a trusted peer passes on beside its own fields is not believed, nor passed on.
        Forwarded(
            peer: "10.0.0.1",
            before: [
                "X-Forwarded-For: _x, [2a00::7]:80,8.8.8.8:1, ::ffff:8.8.4.4, ::", "Forwarded: for=6.6.6.6;host=evil.example",
            ],
            after: [
                "X-Forwarded-For: _x, [2a00::7]:80,8.8.8.8:1, ::ffff:8.8.4.4, ::, 10.0.0.1", "X-Forwarded-Proto: http",
                "X-Forwarded-Host: shop.example", "X-Forwarded-Port: 80",
                "Forwarded: for=unknown, for=\"[2a00::7]\", for=8.8.8.8, for=\"[::ffff:8.8.4.4]\", for=\"[::]\", for=10.0.0.1;host=\"shop.example\";proto=http",
            ]),
        Forwarded(
            peer: "10.0.0.1", before: ["X-Forwarded-Proto: https", "Forwarded: for=6.6.6.6"],
            after: [
                "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example",
                "X-Forwarded-Port: 443",
                "Forwarded: for=10.0.0.1;host=\"shop.example\";proto=https",
            ]),
        // The port goes with the host and the scheme that were believed.
        Forwarded(
            peer: "10.0.0.1", host: "inner:5000", before: ["X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example"],
            after: [
                "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example",
                "X-Forwarded-Port: 443",
            ]),
        // What a trusted peer passes on without meaning is replaced.
        Forwarded(
            peer: "10.0.0.1",
            before: [
                "X-Forwarded-For:", "X-Forwarded-Proto: gopher", "X-Forwarded-Host: a/b", "X-Forwarded-Port: 65536",
                "X-Forwarded-Prefix: //evil.example",
            ],
            after: [
                "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: shop.example", "X-Forwarded-Port: 80",
            ]),
        Forwarded(
            peer: "10.0.0.1", before: ["X-Forwarded-Port: 0", "X-Forwarded-Prefix: app", "X-Forwarded-Host: a.example:81,"],
            after: [
                "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: a.example:81", "X-Forwarded-Port: 81",
            ]),
        // `Forwarded` alone says the same.
        Forwarded(
            peer: "10.0.0.1", host: "inner:5000",
            before: [
                "Forwarded: for=unknown, for=\"[2a00::7]:80\";host=\"shop.example:8443\";proto=https, for=10.0.0.2;host=inner;proto=http"
            ],
            after: [
                "X-Forwarded-For: unknown, 2a00::7, 10.0.0.2, 10.0.0.1", "X-Forwarded-Proto: https",
                "X-Forwarded-Host: shop.example:8443",
                "X-Forwarded-Port: 8443",
                "Forwarded: for=unknown, for=\"[2a00::7]:80\";host=\"shop.example:8443\";proto=https, for=10.0.0.2;host=inner;proto=http, "
                    + "for=10.0.0.1;host=\"inner:5000\";proto=https",
            ]),
        Forwarded(
            peer: "10.0.0.1", before: ["Forwarded: for=8.8.8.8;host=a/b, _, for=_x"],
            after: [
                "X-Forwarded-For: 8.8.8.8, unknown, _x, 10.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: shop.example",
                "X-Forwarded-Port: 80",
                "Forwarded: for=8.8.8.8;host=a/b, _, for=_x, for=10.0.0.1;host=\"shop.example\";proto=http",
            ]),
        // What else an app might believe goes, unless the peer is trusted.
        Forwarded(
            before: [
                "X-Real-IP: 1.1.1.1", "x-forwarded-ssl: on", "X-Forwarded-Scheme: https", "X-Forwarded-Protocol: ssl",
                "X-Forwarded-Server: a",
                "X-Forwarded-User: root", "X-Forwarded-Client-Cert: x", "X-Forwarded-Anything: x", "X-Url-Scheme: https",
                "Front-End-Https: on",
                "True-Client-IP: 1.1.1.1", "CF-Connecting-IP: 1.1.1.1", "X-Envoy-Original-Path: /",
                "X-MS-Client-Principal-Name: root",
                "X-Original-URL: /admin", "Remote-User: root", "SSL-Client-Verify: SUCCESS", "$WSSC: https",
                "Fastly-Client-IP: 1.1.1.1",
                "X-Request-Start: t=1", "X-Forwarding: a", "X-Real: b", "Proxyish: c", "X-Requested-With: XMLHttpRequest",
            ],
            after: [
                "X-Request-Start: t=1", "X-Forwarding: a", "X-Real: b", "Proxyish: c", "X-Requested-With: XMLHttpRequest",
                "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: shop.example", "X-Forwarded-Port: 80",
            ]),
        Forwarded(
            peer: "10.0.0.1", before: ["X-Real-IP: 8.8.8.8", "X-Forwarded-Ssl: on", "Remote-User: alice"],
            after: [
                "X-Real-IP: 8.8.8.8", "X-Forwarded-Ssl: on", "Remote-User: alice", "X-Forwarded-For: 10.0.0.1",
                "X-Forwarded-Proto: http",
                "X-Forwarded-Host: shop.example", "X-Forwarded-Port: 80",
            ]),
        Forwarded(
            peer: "10.0.0.1", before: ["X-Forwarded-Prefix: /"],
            after: [
                "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: http", "X-Forwarded-Host: shop.example", "X-Forwarded-Port: 80",
            ]),
    ]

    @Test(arguments: forwards) func applies(_ sample: Forwarded) {
        var facts = ExchangeFacts()
        facts.request = request("GET", "/", host: sample.host, sample.before)
        facts.request.scheme = sample.scheme
        let peer = Self.peer(sample.peer)
        Self.forwarding.identifyClient(&facts, peer: peer)
        var forwarded = facts.request.fields
        var scratch = bytes("left over")
        Self.forwarding.apply(to: &forwarded, facts: facts, peer: peer, prefix: sample.prefix.utf8.span, scratch: &scratch)
        #expect(lines(forwarded) == sample.after)
    }

    /// By whatever table of names the fields were read: each of the list goes, in any case, and so do those of the configuration.
    @Test func theListIsComplete() {
        var names = FieldNames.standard
        for name in ForwardingFields.names where !name.hasSuffix("*") { _ = names.intern(name) }
        for (table, own) in [(FieldNames.standard, ["X-Own", "X-Mine-*"]), (names, ["X-Own", "X-Mine-*"])] {
            let forwarding = Forwarding(trustedProxies: [], ownFields: own, names: table)
            var fields = Fields()
            for name in ForwardingFields.names + own + ["X-MINE-1"] {
                for spelling in [name.replacing("*", with: "Anything"), name.lowercased().replacing("*", with: "x")] {
                    let isAppended = fields.append(spelling, "x", in: table)
                    #expect(isAppended, "\(spelling)")
                }
            }
            fields.append("X-Owner", "stays", in: table)
            forwarding.removeClaims(fromTrailers: &fields)
            #expect(lines(fields) == ["X-Owner: stays"])
        }
    }

    @Test func everySourceSaysWhoBelieves() {
        #expect(ForwardingFields.names.count > 100)
        #expect(Set(ForwardingFields.names.map { $0.lowercased() }).count == ForwardingFields.names.count)
    }

    /// Who comes by a Unix socket has no address: it is believed where that is said, and nothing is added to the list.
    @Test(arguments: [
        (["X-Forwarded-For: 8.8.8.8", "X-Forwarded-Proto: https"], "8.8.8.8", ["X-Forwarded-For: 8.8.8.8"]),
        (["X-Forwarded-For: 1.1.1.1, 8.8.8.8, 10.0.0.7"], "8.8.8.8", ["X-Forwarded-For: 1.1.1.1, 8.8.8.8, 10.0.0.7"]),
        // No client is a Unix socket.
        (["X-Forwarded-For: 1.1.1.1, ::"], "::", ["X-Forwarded-For: 1.1.1.1, ::"]),
        (["X-Forwarded-For: "], "", []), ([], "", []),
    ])
    func unixPeers(_ before: [String], _ client: String, _ list: [String]) {
        let forwarding = Forwarding(trustedProxies: [.unixPeers] + ["10.0.0.0/8"].compactMap { CIDR($0.utf8.span) })
        var facts = ExchangeFacts()
        facts.request = request("GET", "/", host: "shop.example", before)
        let peer = forwarding.peer(address: .unspecified, text: [], port: 0)
        forwarding.identifyClient(&facts, peer: peer)
        #expect(peer.isTrusted && text(facts.clientAddress) == client)
        #expect((facts.request.scheme == .https) == before.contains("X-Forwarded-Proto: https"))
        var forwarded = facts.request.fields
        var scratch: [UInt8] = []
        forwarding.apply(to: &forwarded, facts: facts, peer: peer, prefix: "".utf8.span, scratch: &scratch)
        #expect(lines(forwarded).filter { $0.hasPrefix("X-Forwarded-For") } == list)
    }

    @Test func nobodyIsTrustedByDefault() {
        let forwarding = Forwarding(trustedProxies: [])
        let isTrusted = forwarding.isTrusted(address("127.0.0.1"))
        #expect(!isTrusted)
        let everybody = Forwarding(trustedProxies: ["::/0"].compactMap { CIDR($0.utf8.span) })
        let trustsLoopback = everybody.isTrusted(address("127.0.0.1"))
        let trustsNothing = everybody.isTrusted(.unspecified)
        let trustsUnix = everybody.peer(address: .unspecified, text: [], port: 0).isTrusted
        #expect(trustsLoopback && !trustsNothing && !trustsUnix)
    }
}
