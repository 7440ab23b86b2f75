import HTTPModel
import ProxyConfig

/// Translates which peers are trusted to name the client's address, and finds out whether the result is the same here.
extension NginxTranslator {
    /// The peers that a server trusts, and the field that it reads the address from.
    private struct Belief: Equatable {
        var blocks: [NginxDirective] = []
        var header: NginxDirective?
        var isRecursive = false

        static func == (left: Belief, right: Belief) -> Bool {
            Set(left.blocks.map { $0[0] }) == Set(right.blocks.map { $0[0] })
                && (left.blocks.isEmpty || left.header?[0].lowercased() == right.header?[0].lowercased())
        }

        /// Returns the settings in a block, which override those around it.
        func within(_ content: [NginxDirective]) -> Belief {
            let own = content.named("set_real_ip_from")
            return Belief(
                blocks: own.isEmpty ? blocks : own, header: content.named("real_ip_header").first ?? header,
                isRecursive: content.named("real_ip_recursive").first.map { $0[0] == "on" } ?? isRecursive)
        }
    }

    /// Sets `trusted_proxies`. Marks the variables for addresses whose values may differ from nginx's: where peers are trusted by
    /// another field, or only by some servers, an `allow` might take a balancer for the client, and let in everybody.
    mutating func believe(_ content: [NginxDirective], _ scope: inout NginxScope) {
        let around = Belief().within(content)
        let beliefs = content.named("server").flatMap { Self.beliefs($0.block ?? [], around) }
        let everywhere = beliefs.isEmpty ? [around] : beliefs
        guard let first = everywhere.lazy.compactMap(\.blocks.first).first else { return }
        guard let belief = everywhere.first, everywhere.allSatisfy({ $0 == belief }) else {
            for block in everywhere.flatMap(\.blocks) {
                draft.note("\(block.text): `trusted_proxies` is for all hosts and paths", at: block.place, .answer)
            }
            doubt = "\(first.place): \(first.text)"
            scope.believesNobody = true
            return
        }
        scope.memory.untold.insert("realip_remote_addr")
        guard belief.header?[0] != "proxy_protocol" else {
            draft.note(
                "\(first.text): of a listener with `proxy_protocol` every peer is believed: let only the balancer reach it",
                at: first.place, .answer)
            return
        }
        let known = belief.blocks.filter { block in
            if CIDR(block[0].utf8.span) != nil { return true }
            draft.note("\(block.text): `trusted_proxies` are addresses", at: block.place, .answer)
            // Clients of a Unix socket have no address here, so no address lets them in.
            if block[0] != "unix:" { doubt = "\(block.place): \(block.text)" }
            return false
        }
        defer { if doubt != nil { scope.memory.untold.insert("remote_addr") } }
        if let first = known.first {
            draft.set(nil, "trusted_proxies", YAMLText.list(known.map { $0[0] }), at: first.place)
        }
        guard let header = belief.header else {
            draft.note(
                "\(first.text): without `real_ip_header` it was X-Real-IP that counted; here peers are believed by "
                    + "X-Forwarded-For and Forwarded alone", at: first.place, .answer)
            doubt = "\(first.place): \(first.text)"
            return
        }
        let name = header[0].lowercased()
        let isOfNetwork = Self.namesOfNetworks.contains(name) && known.contains { !Self.isPrivate($0[0]) }
        if isOfNetwork {
            draft.note(
                "\(header.text): X-Forwarded-For counts here, to which such a network appends the same address; of every proxy "
                    + "between it and here, the addresses belong into `trusted_proxies`", at: header.place, .answer)
        } else if !["x-forwarded-for", "forwarded"].contains(name) {
            draft.note("\(header.text): peers are believed by X-Forwarded-For and Forwarded alone", at: header.place, .answer)
            doubt = "\(header.place): \(header.text)"
        }
        // If everybody is trusted, the first address of the field counts here, but the last one with nginx.
        let isAlike = !isOfNetwork && everywhere.allSatisfy(\.isRecursive)
        if !isAlike, let open = known.first(where: { $0[0].hasSuffix("/0") }) { doubt = "\(open.place): \(open.text)" }
    }

    /// The fields in which content delivery networks name the address that they also append to X-Forwarded-For.
    private static let namesOfNetworks = ["cf-connecting-ip", "true-client-ip"]

    /// Whether addresses are those of a network of one's own, where another proxy may stand in front.
    private static func isPrivate(_ block: String) -> Bool {
        let own = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fe80::/10"]
        let address = block.split(separator: "/").first.map(String.init) ?? ""
        guard let address = IPAddress(address.utf8.span) else { return true }
        return own.contains { CIDR($0.utf8.span)?.contains(address) == true }
    }

    /// Returns what is trusted at each place of a server where somebody may be kept out; a server that only redirects has no such
    /// place.
    private static func beliefs(_ content: [NginxDirective], _ around: Belief, _ isChosen: Bool = false) -> [Belief] {
        let own = around.within(content)
        // With an `if` or a variable, an address may decide who gets a text.
        let isChosen = isChosen || content.contains { $0.name == "if" }
        let asks = content.contains { directive in
            NginxSpot.passes.contains(directive.name) || ["allow", "deny", "try_files"].contains(directive.name)
                || directive.name == "return" && gives(directive) && (isChosen || directive.text.contains("$"))
        }
        return (asks ? [own] : [])
            + content.filter { ["location", "if", "limit_except"].contains($0.name) }.flatMap {
                beliefs($0.block ?? [], own, isChosen)
            }
    }

    /// Whether a `return` answers with something that other clients may not get.
    private static func gives(_ directive: NginxDirective) -> Bool {
        let code = Int(directive[0]) ?? 302
        return code < 400 && ![301, 308].contains(code) && !directive.text.contains(text: " https://$host")
    }
}
