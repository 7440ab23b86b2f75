public import HTTPModel
public import HeaderPolicy

/// A configuration ready to serve: names interned, routes indexed, policies compiled. All event loops share it, and so does every
/// exchange that began under it.
public final class CompiledConfiguration: Sendable {
    public let source: Configuration
    public let names: FieldNames
    public let router: Router
    public let forwarding: Forwarding
    /// The `Via` of requests; nil when none is added.
    public let via: Via?
    /// The compiled listeners, in the order of `source.listeners`.
    public let listeners: [CompiledListener]
    /// The compiled routes, in the order of `source.routes`.
    public let routes: [CompiledRoute]
    /// The compiled upstreams, in the order of `source.upstreams`.
    public let upstreams: [CompiledUpstream]
    /// Decides who may see what the rules did; nil when nobody may.
    public let debug: DebugGate?
    /// Whether somebody may look at exchanges: a client that `debug` admits, or the inspector.
    public let isObserved: Bool
    /// Whether the inspector is on.
    public let isInspected: Bool
    /// How many of 2^32 exchanges the inspector looks at, and how many per second at most.
    public let inspectedShare: UInt64
    public let inspectedRate: Int

    /// The rules behind each count in `StageScratch.hits`, by name or place.
    public let countedRules: [[String]]
    /// The names under which differences that rules in shadow would make are counted.
    let shadowLabels: ShadowLabels

    /// Throws every error of every rule, each with its place.
    public init(_ source: Configuration) throws(PolicyErrors) {
        self.source = source
        shadowLabels = ShadowLabels(source)
        var names = FieldNames.standard
        router = try Router(routes: source.routes, listeners: source.listeners, names: &names)
        via = source.via.map { Via(name: $0) }
        for name in ForwardingFields.names + source.forwardingFields where !name.hasSuffix("*") { _ = names.intern(name) }
        for upstream in source.upstreams {
            if case .hash(.field(let name)) = upstream.balance { _ = names.intern(name) }
        }
        let upstreams = Dictionary(source.upstreams.indices.map { (source.upstreams[$0].name, $0) }) { first, _ in first }
        var routes: [CompiledRoute] = []
        for route in source.routes {
            routes.append(try CompiledRoute(route, in: source, upstreams: upstreams, names: &names))
        }
        var listeners: [CompiledListener] = []
        var counted: [[String]] = []
        for listener in source.listeners {
            listeners.append(try CompiledListener(listener, in: source, names: &names, counted: &counted))
        }
        countedRules = counted
        self.routes = routes
        self.listeners = listeners
        self.upstreams = source.upstreams.map { CompiledUpstream($0) }
        debug = source.debug.map { DebugGate($0, names: &names) }
        isInspected = source.inspector != nil
        inspectedShare = UInt64((source.inspector?.sample ?? 0) * 4_294_967_296)
        inspectedRate = source.inspector?.rate ?? 0
        isObserved = source.debug != nil || source.inspector != nil
        forwarding = Forwarding(
            trustedProxies: source.trustedProxies.map(\.value), ownFields: source.forwardingFields, names: names)
        self.names = names
    }
}

/// The policies of one listener: one for each route, and one for requests that no route matched.
public struct CompiledListener: Sendable {
    /// The global and listener rules, for messages that could not be parsed and requests without a route.
    public let unrouted: CompiledPolicy
    /// The global, listener and route rules, by route index.
    public let routed: [CompiledPolicy]

    init(
        _ listener: Listener, in source: Configuration, names: inout FieldNames, counted: inout [[String]]
    ) throws(PolicyErrors) {
        let request = source.requestHeaders + listener.requestHeaders
        let response = source.responseHeaders + listener.responseHeaders
        var dependence = source.dependence(of: listener)
        dependence.compileRoutes(names: &names)
        let common = CommonRules(requestRules: request, responseRules: response, dependence: dependence, names: &names)
        let unrouted = try CompiledPolicy(common, names: &names, firstSlot: counted.count)
        counted += unrouted.countedRules
        var routed: [CompiledPolicy] = []
        for route in source.routes {
            if route.hasRules {
                let policy = try CompiledPolicy(
                    common, requestRules: route.requestHeaders, responseRules: route.responseHeaders, names: &names,
                    firstSlot: counted.count)
                counted += policy.countedRules
                routed.append(policy)
            } else {
                routed.append(unrouted)
            }
        }
        self.unrouted = unrouted
        self.routed = routed
    }
}

/// The properties of an upstream that are needed to write a request to it.
public final class CompiledUpstream: Sendable {
    public let name: [UInt8]
    /// The `Host` that the app sees; nil to pass on the client's.
    public let host: [UInt8]?
    public let isHTTP2: Bool

    init(_ upstream: Upstream) {
        name = Array(upstream.name.utf8)
        host = upstream.host.map { Array($0.utf8) }
        isHTTP2 = upstream.scheme.isHTTP2
    }
}

/// One route ready to run, with inherited values filled in. It is a class, so that passing it on is one reference.
public final class CompiledRoute: Sendable {
    public enum Action: Sendable {
        /// An index into `Configuration.upstreams`.
        case upstream(Int)
        case respond(FixedResponse)
        case redirect(Template, Status)
        case reports(ReportCollector)
    }

    public let action: Action
    /// The upstream of the action, as an index into `Configuration.upstreams`; -1 when it has none.
    public let upstream: Int
    /// The route's label in logs and metrics: its name, or `file:line`.
    public let label: [UInt8]
    /// The request fields that a redirect names in `Vary`, because its target depends on them; empty when there are none.
    public let varied: [UInt8]
    /// The prefix that is removed from the path before it goes to the upstream.
    public let stripPrefix: PathPrefix?
    /// The timeout in milliseconds; 0 waits for ever.
    public let connectTimeout: Int
    /// The timeout in milliseconds; 0 waits for ever.
    public let responseTimeout: Int
    /// The timeout in milliseconds between two parts of an event stream, which is silent for as long as nothing happens.
    public let eventStreamTimeout: Int
    /// The limit in bytes; 0 is no limit.
    public let requestBodyLimit: Int

    /// - Parameter upstreams: the indexes of upstreams by name.
    init(
        _ route: Route, in source: Configuration, upstreams: [String: Int], names: inout FieldNames
    ) throws(PolicyErrors) {
        label = Array((route.name ?? "\(route.location.file):\(route.location.line)").utf8)
        var connect = source.timeouts.connect
        var response = source.timeouts.response
        var eventStream = source.timeouts.eventStream
        var upstream = -1
        var varied: [UInt8] = []
        switch route.action {
        case .upstream(let name):
            guard let index = upstreams[name] else {
                throw PolicyErrors([PolicyError("there is no upstream \"\(name)\"", at: route.location)])
            }
            connect = source.upstreams[index].timeouts.connect ?? connect
            response = source.upstreams[index].timeouts.response ?? response
            eventStream = source.upstreams[index].timeouts.eventStream ?? eventStream
            action = .upstream(index)
            upstream = index
        case .respond(let fixed):
            action = .respond(fixed)
        case .reports(let collector):
            action = .reports(collector)
        case .redirect(let redirect):
            do {
                let template = try Template(redirect.to, scope: .request, names: &names)
                varied = template.variedNames(Dependence(believesPeers: source.believesPeers))
                action = .redirect(template, redirect.status)
            } catch {
                throw PolicyErrors([error])
            }
        }
        self.upstream = upstream
        self.varied = varied
        stripPrefix = route.stripPrefix.map { PathPrefix($0) }
        connectTimeout = route.timeouts.connect ?? connect
        response = route.timeouts.response ?? response
        responseTimeout = response
        eventStream = route.timeouts.eventStream ?? eventStream
        // A longer or unlimited time for responses applies to event streams, too.
        eventStreamTimeout = response == 0 || eventStream == 0 ? 0 : max(response, eventStream)
        requestBodyLimit = route.requestBody ?? source.limits.requestBody
    }
}
