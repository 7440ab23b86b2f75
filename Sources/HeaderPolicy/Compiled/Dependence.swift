public import HTTPModel

/// The request fields on which responses depend although no rule names them.
public struct Dependence: Sendable {
    /// The fields on which every response depends.
    public var always: [String] = []
    /// The conditions of routes, host and path included. Where fields decide between routes, the response depends on them.
    public var routes: [Condition] = []
    /// Whether peers are trusted to state scheme and client, which makes responses depend on those fields, too.
    public var believesPeers = false
    /// The compiled `routes`, made once for all policies that share them.
    private(set) var compiledRoutes: Shared<CompiledRules>?

    public init(always: [String] = [], routes: [Condition] = [], believesPeers: Bool = false) {
        self.always = always
        self.routes = routes
        self.believesPeers = believesPeers
    }

    /// Compiles the part that all policies have in common that are compiled with it.
    public mutating func compileRoutes(names: inout FieldNames) {
        var compiler = RuleCompiler(scope: .response, dependence: self)
        compiledRoutes = Shared(compiler.compile(dependenceOn: routes, names: &names))
    }

    /// The fields in which trusted peers state scheme and client; none where nobody is trusted. Each may decide about both, because a `Forwarded` counts only where none of the
    /// others is.
    public var peerFields: [String] {
        believesPeers ? ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded"] : []
    }

    /// Returns the names that belong into `Vary`: without the host, which caches regard anyway, and fields of a connection, which
    /// do not reach a cache.
    static func varied(_ names: [String]) -> [String] {
        var result: [String] = []
        for name in names where !result.contains(where: { $0.lowercased() == name.lowercased() }) {
            let id = FieldNames.standard.id(of: name.utf8.span)
            if id != .host, !id.isHopByHop { result.append(name) }
        }
        return result
    }
}

extension Template {
    /// Returns the request fields on which the value depends, as members of `Vary`; empty when there are none.
    public func variedNames(_ dependence: Dependence) -> [UInt8] {
        Array(Dependence.varied(requestFields(dependence)).joined(separator: ", ").utf8)
    }

    func requestFields(_ dependence: Dependence) -> [String] {
        var names: [String] = []
        for part in parts {
            switch part.placeholder {
            case .requestHeader: names.append(String(decoding: bytes[part.range], as: UTF8.self))
            case .requestCookie: names.append("Cookie")
            case .scheme, .hostPort, .clientIP: names += dependence.peerFields
            default: break
            }
        }
        return names
    }
}

extension CompiledRules {
    /// Whether a rule may remove members of `Vary`.
    var takesVary: Bool {
        lines.contains { $0.id == .vary } || prefixes.contains { $0.value.covered.contains(.vary) }
            || operations.contains { operation in
                switch operation.kind {
                case .set, .remove, .rename, .change: operation.id == .vary || operation.otherID == .vary
                // These take nothing away, or their names are in `lines` and `prefixes`.
                case .setBlock, .add, .merge, .removePrefix, .cors, .cookies, .stop, .vary: false
                }
            }
    }
}

extension Fields {
    /// Adds to `Vary` the names that a response depends on, unless they are there already.
    mutating func vary(by names: Span<UInt8>, _ list: inout ListLine) {
        var walk = ListMembers()
        while let member = walk.next(in: names) {
            guard varies(by: names.extracting(member)) else {
                return merge(.vary, name: "Vary".utf8.span, members: names, &list)
            }
        }
    }

    func varies(by name: Span<UInt8>) -> Bool {
        var from = 0
        while let line = firstIndex(of: .vary, from: from) {
            if value(at: line).equals("*") { return true }
            if case .all = ListMembers.overlap(of: value(at: line), name, count: 1) { return true }
            from = line &+ 1
        }
        return false
    }

    /// Adds to `Vary` the names that were asked for. `isKept`: the request is kept, to be applied again later.
    mutating func varyAsAsked(_ scratch: inout StageScratch, isKept: Bool = false) {
        // The array is taken out of the scratch while the other part is written, because a span borrows the whole.
        var names: [UInt8] = []
        swap(&names, &scratch.varied)
        vary(by: names.span, &scratch.list)
        if !isKept { names.removeAll(keepingCapacity: true) }
        swap(&names, &scratch.varied)
    }
}
