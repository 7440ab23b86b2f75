package import HTTPModel

/// Which fields of the request decide about a response without a rule that says so.
package struct Dependence: Sendable {
    /// Every response depends on these.
    package var always: [String] = []
    /// What routes ask of a request, host and path included: where fields decide, the response depends on them.
    package var routes: [Condition] = []
    /// Peers are believed what they say of scheme and client, so that these stand in fields, too.
    package var believesPeers = false
    /// `routes`, ready to be asked: made once for all policies that have them in common.
    private(set) var compiledRoutes: Shared<CompiledRules>?

    package init(always: [String] = [], routes: [Condition] = [], believesPeers: Bool = false) {
        self.always = always
        self.routes = routes
        self.believesPeers = believesPeers
    }

    /// Makes ready what all policies share that are compiled with it.
    package mutating func compileRoutes(names: inout FieldNames) {
        var compiler = RuleCompiler(scope: .response, dependence: self)
        compiledRoutes = Shared(compiler.compile(dependenceOn: routes, names: &names))
    }

    var schemeFields: [String] { believesPeers ? ["X-Forwarded-Proto", "Forwarded"] : [] }
    var clientFields: [String] { believesPeers ? ["X-Forwarded-For", "Forwarded"] : [] }

    /// The names that `Vary` takes: a cache goes by the host anyway, and fields of a connection do not reach it.
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
    /// The fields of the request on which the value depends, as members of `Vary`; empty for none.
    package func variedNames(_ dependence: Dependence) -> [UInt8] {
        Array(Dependence.varied(requestFields(dependence)).joined(separator: ", ").utf8)
    }

    func requestFields(_ dependence: Dependence) -> [String] {
        var names: [String] = []
        for part in parts {
            switch part.placeholder {
            case .requestHeader: names.append(String(decoding: bytes[part.range], as: UTF8.self))
            case .requestCookie: names.append("Cookie")
            case .scheme, .hostPort: names += dependence.schemeFields
            case .clientIP: names += dependence.clientFields
            default: break
            }
        }
        return names
    }
}

extension CompiledRules {
    /// A rule may take members of `Vary` away again.
    var takesVary: Bool {
        lines.contains { $0.id == .vary } || prefixes.contains { $0.value.covered.contains(.vary) }
            || operations.contains { operation in
                switch operation.kind {
                case .set, .remove, .rename, .change: operation.id == .vary || operation.otherID == .vary
                default: false
                }
            }
    }
}

extension Fields {
    /// Names in `Vary` what a response depends on, unless it is there.
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

    /// Names in `Vary` what has been asked for. `isKept`: it is asked for again.
    mutating func varyAsAsked(_ scratch: inout StageScratch, isKept: Bool = false) {
        // Out of the scratch while its other part is written: a span borrows the whole.
        var names: [UInt8] = []
        swap(&names, &scratch.varied)
        vary(by: names.span, &scratch.list)
        if !isKept { names.removeAll(keepingCapacity: true) }
        swap(&names, &scratch.varied)
    }
}
