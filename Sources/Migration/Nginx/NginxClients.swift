import HTTPModel
import ProxyConfig

/// Translates whose word about a client's address counts, and finds out whether it is the same here.
extension NginxTranslator {
    /// What one server believes.
    private struct Belief: Equatable {
        var blocks: [NginxDirective] = []
        var header: NginxDirective?

        static func == (left: Belief, right: Belief) -> Bool {
            Set(left.blocks.map { $0[0] }) == Set(right.blocks.map { $0[0] })
                && (left.blocks.isEmpty || left.header?[0].lowercased() == right.header?[0].lowercased())
        }

        /// Takes what stands in a block over what stands around it.
        func within(_ content: [NginxDirective]) -> Belief {
            let own = content.named("set_real_ip_from")
            return Belief(blocks: own.isEmpty ? blocks : own, header: content.named("real_ip_header").first ?? header)
        }
    }

    /// Sets `trusted_proxies`. Returns the variables for addresses that then are not those of nginx: where peers are believed by
    /// another field, or only by some servers, an `allow` might take a balancer for the client, and let in everybody.
    mutating func believe(_ content: [NginxDirective]) -> Set<String> {
        let around = Belief().within(content)
        let beliefs = content.named("server").flatMap { Self.beliefs($0.block ?? [], around) }
        let everywhere = beliefs.isEmpty ? [around] : beliefs
        guard everywhere.contains(where: { !$0.blocks.isEmpty }) else { return [] }
        guard let belief = everywhere.first, everywhere.allSatisfy({ $0 == belief }) else {
            for block in everywhere.flatMap(\.blocks) {
                draft.note("\(block.text): `trusted_proxies` is for all hosts and paths", at: block.place, .answer)
            }
            return ["remote_addr", "realip_remote_addr"]
        }
        var isKnown = true
        let known = belief.blocks.filter { block in
            if CIDR(block[0].utf8.span) != nil { return true }
            draft.note("\(block.text): `trusted_proxies` are addresses", at: block.place, .answer)
            // Clients of a Unix socket have no address here, and are let in by none.
            if block[0] != "unix:" { isKnown = false }
            return false
        }
        if let first = known.first {
            draft.set(nil, "trusted_proxies", YAMLText.list(known.map { $0[0] }), at: first.place)
        }
        guard let header = belief.header else {
            draft.note(
                "\(belief.blocks[0].text): without `real_ip_header` it was X-Real-IP that counted; here peers are believed by "
                    + "X-Forwarded-For and Forwarded alone", at: belief.blocks[0].place, .answer)
            return ["remote_addr", "realip_remote_addr"]
        }
        if !["x-forwarded-for", "proxy_protocol", "forwarded"].contains(header[0].lowercased()) {
            draft.note("\(header.text): peers are believed by X-Forwarded-For and Forwarded alone", at: header.place, .answer)
            isKnown = false
        }
        return isKnown ? ["realip_remote_addr"] : ["remote_addr", "realip_remote_addr"]
    }

    /// Returns what each place of a server believes from which somebody may be kept out; there is none where it only redirects.
    private static func beliefs(_ content: [NginxDirective], _ around: Belief) -> [Belief] {
        let own = around.within(content)
        let asks = content.contains { NginxSpot.passes.contains($0.name) || ["allow", "deny", "try_files"].contains($0.name) }
        return (asks ? [own] : [])
            + content.filter { ["location", "if", "limit_except"].contains($0.name) }.flatMap { beliefs($0.block ?? [], own) }
    }
}
