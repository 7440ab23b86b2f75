import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

/// Under which names differences are counted, and what a reload leaves of the counts.
@Suite struct ShadowCountTests {
    private static let place = SourceLocation(file: "test.yaml", line: 1, column: 1)

    private static func configuration(_ isShadow: Bool) throws -> CompiledConfiguration {
        var remove = Rule(.remove(located(["X-Gone", "X-Debug-*"])), location: place)
        remove.isShadow = isShadow
        var stop = Rule(.stop, location: place)
        stop.isShadow = isShadow
        var configuration = Configuration()
        configuration.listeners = [Listener(bind: Located(.tcp(host: "127.0.0.1", port: 0), at: place))]
        configuration.upstreams = [
            Upstream(
                name: "app", scheme: .http,
                servers: [UpstreamServer(Located(.tcp(host: "127.0.0.1", port: 1), at: place))], location: place)
        ]
        configuration.responseHeaders = [
            remove, stop,
            Rule(.set([FieldValue(name: Located("X-Set", at: place), value: Located("1", at: place))]), location: place),
        ]
        var route = Route(.upstream("app"), location: place)
        route.name = "all"
        configuration.routes = [route]
        return try CompiledConfiguration(configuration)
    }

    private static func counts(_ fields: [FieldText], on configuration: CompiledConfiguration) throws -> ShadowCounts {
        let exchange = try SimulatedExchange(
            SimulatedRequest(authority: "h", target: "/"), on: configuration, unixSeconds: 1)
        exchange.receive(.response(status: 200, fields: fields))
        return exchange.context.shadow.values.first ?? ShadowCounts()
    }

    @Test(
        arguments: [
            ("X-Gone", "removed X-Gone"), ("x-gone", "removed X-Gone"), ("X_Gone", "removed X-Gone"),
            ("X-Debug-A-Name-Of-The-App", "removed X-Debug-*"), ("X-Kept", nil),
        ] as [(String, String?)])
    func names(_ name: String, _ label: String?) throws {
        let counts = try Self.counts([FieldText(name, "v")], on: Self.configuration(true))
        let found = Set(counts.differences.map { "\($0.key.change.rawValue) \($0.key.field)" })
        // The rule that `stop` would keep from running is not in shadow.
        #expect(found == Set(["removed X-Set"] + (label.map { [$0] } ?? [])))
        #expect(counts.different == 1 && counts.same == 0)
    }

    @Test func withoutShadow() throws {
        let counts = try Self.counts([FieldText("X-Gone", "v")], on: Self.configuration(false))
        #expect(counts.different == 0 && counts.same == 0 && counts.differences.isEmpty)
    }

    @Test func reload() throws {
        let (shadow, enforced) = (try Self.configuration(true), try Self.configuration(false))
        var traffic = TrafficCounts(of: shadow)
        traffic.shadow[0] = try Self.counts([FieldText("X-Gone", "v")], on: shadow)
        var snapshot = MetricsSnapshot()
        snapshot.add(traffic, of: shadow)
        var kept = snapshot
        kept.add(snapshot)
        kept.keepNames(of: shadow)
        #expect(kept.shadow["all"]?.different == 2 && kept.shadow["all"]?.differences.values.sorted() == [2, 2])
        kept.keepNames(of: enforced)
        #expect(kept.shadow.isEmpty)
    }
}
