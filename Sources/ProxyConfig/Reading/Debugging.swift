import HTTPModel
import HeaderPolicy
import ProxyCore

/// The settings that show a running proxy at work.
extension Reading {
    /// Reads addresses and blocks of them; `private` stands for those that no router of the Internet knows, and `unix` for the
    /// peers of Unix sockets.
    func addressBlocks(_ node: Node, for what: String) -> [Located<CIDR>] {
        texts(node, for: what).flatMap { text in blocks(text).map { Located($0, at: text.location) } }
    }

    private func blocks(_ text: Located<String>) -> [CIDR] {
        if text.value == "private" { return CIDR.privateNetworks + [.unixPeers] }
        if text.value == "unix" { return [.unixPeers] }
        if let block = CIDR(text.value.utf8.span), block != .unixPeers { return [block] }
        let help =
            ["*", "::"].contains(text.value)
            ? "write 0.0.0.0/0 and ::/0 if you mean everybody"
            : closest(to: text.value, among: ["private", "unix"]).map { "did you mean `\($0)`?" }
                ?? AddressAdvice.meant(by: text.value).map { "write `\($0)`" }
                ?? "write one such as 10.0.0.0/8 or 192.0.2.7, or `private` for all that are not of the internet"
        error("`\(text.value.abbreviated)` is not an address or a block of addresses", at: text.location, help: help)
        return []
    }

    /// `debug:`
    func debug(_ node: Node) -> DebugPolicy? {
        guard let table = Table<DebugKey>(node, self, for: "`debug`") else { return nil }
        var policy = DebugPolicy(location: location(node.place))
        for key in table.keys {
            guard let node = table[key] else { continue }
            switch key {
            case .secret: policy.secret = secret(node)
            case .header: policy.header = debugHeader(node) ?? policy.header
            case .allowFrom: policy.allowFrom = addressBlocks(node, for: "`allow_from`").map(\.value)
            }
        }
        if table[.secret] == nil, policy.allowFrom.isEmpty, !hasErrors {
            error(
                "`debug` lets nobody in: there is neither a `secret` nor `allow_from`", at: node.place,
                help: "write `debug: { secret: \"${file:debug-secret}\" }`")
        }
        return policy
    }

    private func secret(_ node: Node) -> [UInt8]? {
        guard let text = text(node, for: "`secret`") else { return nil }
        let bytes = Array(text.value.utf8)
        guard bytes.count >= DebugPolicy.shortestSecret else {
            error(
                "a secret of \(bytes.count) bytes can be guessed; it has at least \(DebugPolicy.shortestSecret)",
                at: text.location, help: "`openssl rand -hex 32` makes one")
            return nil
        }
        guard bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            error("a secret that is sent in a header is visible ASCII without blanks", at: text.location)
            return nil
        }
        return bytes
    }

    private func debugHeader(_ node: Node) -> String? {
        guard let name = text(node, for: "`header`") else { return nil }
        guard Fields.isName(name.value.utf8.span), !name.value.contains("_") else {
            error("`\(name.value.abbreviated)` is not the name of a header", at: name.location)
            return nil
        }
        guard FieldNames.standard.id(of: name.value.utf8.span) == .unknown else {
            error(
                "\(name.value) has a meaning of its own, and the header of the secret is taken out of every request",
                at: name.location, help: "write a name that nothing else uses, such as Letterhead-Debug")
            return nil
        }
        return name.value
    }

    /// `inspector:`
    func inspector(_ node: Node) -> InspectorPolicy? {
        guard let table = Table<InspectorKey>(node, self, for: "`inspector`") else { return nil }
        var policy = InspectorPolicy(location: location(node.place))
        for key in table.keys {
            guard let node = table[key] else { continue }
            let name = "`\(key.rawValue)`"
            switch key {
            case .entries: policy.entries = integer(node, for: name, in: key.bounds) ?? policy.entries
            case .sample: policy.sample = share(node, for: name) ?? policy.sample
            case .rate: policy.rate = integer(node, for: name, in: key.bounds) ?? policy.rate
            case .redact: policy.redact = fieldNames(node, for: name)
            }
        }
        return policy
    }

    private func fieldNames(_ node: Node, for what: String) -> [Located<String>] {
        texts(node, for: what).filter { name in
            if Fields.isName(name.value.utf8.span) { return true }
            error("`\(name.value.abbreviated)` is not the name of a header", at: name.location)
            return false
        }
    }

    /// Reads a share, such as `10%`, as 0.1.
    private func share(_ node: Node, for what: String) -> Double? {
        guard var text = scalar(node, for: what)?.value else { return nil }
        if text.hasSuffix("%") { text.removeLast() }
        guard let percent = Double(text), percent >= 0, percent <= 100, text.utf8.allSatisfy({ $0 < 0x3A }) else {
            error("\(what) is 0% to 100%, not \(node.kind)", at: node.place)
            return nil
        }
        return percent / 100
    }

    /// Checks that there are admin endpoints, with which the inspector's page is served.
    func checkInspector(_ configuration: Configuration) {
        guard let inspector = configuration.inspector, configuration.admin == nil else { return }
        error(
            "the inspector is a page of `admin`, and there is none", at: inspector.location,
            help: "write `admin: 127.0.0.1:9900`")
    }
}
