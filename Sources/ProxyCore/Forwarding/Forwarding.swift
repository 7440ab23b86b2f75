public import HTTPModel
public import HeaderPolicy

/// The fields that tell the app about the client: `X-Forwarded-For`, `-Proto`, `-Host`, `-Port`, `-Prefix` and `Forwarded`
/// (promise 12).
///
/// If the peer is not trusted, whatever it claims is overwritten, and the other fields by which an app would believe a proxy
/// (`ForwardingFields`) are removed. If the peer is trusted, `X-Forwarded-For` and `Forwarded` are lists to which the peer's
/// address is added. The other fields make one statement about the outermost hop, so the peer's statement stays as it is (of a
/// list, the last member, which is the one that the peer itself vouches for). With that, Werkzeug's `ProxyFix(x_proto=1,
/// x_host=1, x_prefix=1, x_port=1)`, which reads the last member, builds the URL that the client used, however many trusted
/// proxies stand in front; its `x_for` is 1 plus the number of those, as with any other proxy.
///
/// `Forwarded` (RFC 7239) is read only if a trusted peer sends no `X-Forwarded-For`, `-Proto` or `-Host`: a proxy that writes
/// these may pass on a client's `Forwarded` unchecked, and so it is written anew from them. It is written only if one came, so
/// that apps that do not read it are spared the bytes.
public struct Forwarding: ~Copyable, Sendable {
    private let trusted: [CIDR]
    private let claims: ForwardingClaims
    // These two fields nearly always have one of two values, so their whole lines are prepared.
    private let protoHTTP = Array("X-Forwarded-Proto: http\r\n".utf8)
    private let protoHTTPS = Array("X-Forwarded-Proto: https\r\n".utf8)
    private let portHTTP = Array("X-Forwarded-Port: 80\r\n".utf8)
    private let portHTTPS = Array("X-Forwarded-Port: 443\r\n".utf8)

    /// - Parameters:
    ///   - ownFields: further fields that the app trusts; see `ForwardingFields`.
    ///   - names: the complete names of the configuration.
    public init(trustedProxies: [CIDR], ownFields: [String] = [], names: FieldNames = .standard) {
        trusted = trustedProxies
        claims = ForwardingClaims(adding: ownFields, names: names)
    }

    /// Returns the peer of a new connection. `text` is the address without a port and brackets.
    public func peer(address: IPAddress, text: [UInt8], port: UInt16) -> Peer {
        Peer(address: address, text: text[...], port: port, isTrusted: isTrustedPeer(address))
    }

    /// The peer of a Unix socket, which has no address.
    public var unixPeer: Peer { peer(address: .unspecified, text: [], port: 0) }

    /// Returns the peer of a connection that was made under another configuration.
    public func peer(again peer: Peer) -> Peer {
        guard isTrustedPeer(peer.address) != peer.isTrusted else { return peer }
        return Peer(
            address: peer.address, text: peer.text, port: peer.port, isTrusted: !peer.isTrusted, tls: peer.tls)
    }

    /// The peer of a Unix socket has no address, and only the word for such peers means it.
    private func isTrustedPeer(_ address: IPAddress) -> Bool {
        address == .unspecified ? trusted.contains(.unixPeers) : isTrusted(address)
    }

    public func isTrusted(_ address: IPAddress) -> Bool {
        address != .unspecified && trusted.contains { $0.contains(address) }
    }

    /// Sets the client and its scheme in the facts of an exchange whose request is there.
    ///
    /// The client is the peer or, if the peer is trusted, the rightmost address in `X-Forwarded-For` or `Forwarded` that is not
    /// trusted. A member that is not an address ends the search. The scheme is the one that a trusted peer states in
    /// `X-Forwarded-Proto` or `Forwarded`, so that rules for https hold behind a proxy that ends TLS.
    public func identifyClient(_ facts: inout ExchangeFacts, peer: borrowing Peer) {
        // The array is taken out while it is written, because the text may come from another part of the facts.
        var text: [UInt8] = []
        swap(&text, &facts.clientAddress)
        text.clear()
        peer.tls?.describe(to: &facts)
        var client: (address: IPAddress, member: Fields.Member)?
        if peer.isTrusted {
            let isForwarded = ForwardedChain.isRead(facts.request.fields)
            let chain = isForwarded ? ForwardedChain(facts.request.fields, isTrusted: { isTrusted($0) }) : nil
            client = isForwarded ? chain?.client : outermost(facts.request.fields)
            let said = isForwarded ? chain?.proto : facts.request.fields.lastMember(of: .xForwardedProto)
            if let said, let scheme = Self.scheme(facts.request.fields.value(at: said.line).extracting(said.range)) {
                facts.request.scheme = scheme
            }
        }
        if let client {
            facts.clientIP = client.address
            facts.clientPort = 0
            text.append(copying: facts.request.fields.value(at: client.member.line).extracting(client.member.range))
        } else {
            facts.clientIP = peer.address
            facts.clientPort = peer.port
            let line = peer.forwardedFor
            text.append(copying: line.span.extracting(peer.textRange))
        }
        swap(&text, &facts.clientAddress)
    }

    /// Returns the leftmost address of `X-Forwarded-For` that trusted proxies vouch for, one after another from the right.
    private func outermost(_ fields: borrowing Fields) -> (address: IPAddress, member: Fields.Member)? {
        var found: (address: IPAddress, member: Fields.Member)?
        var line = fields.count
        while line > 0 {
            line &-= 1
            guard fields.id(at: line) == .xForwardedFor else { continue }
            let value = fields.value(at: line)
            var end = value.count
            while let member = value.previousMember(before: &end) {
                let host = Self.host(of: value, in: member)
                guard let address = IPAddress(value.extracting(host)) else { return found }
                found = (address, Fields.Member(line: line, range: host))
                if !isTrusted(address) { return found }
            }
        }
        return found
    }

    /// Returns the range of the address in `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]:80`, `[2001:db8::1]` or `2001:db8::1`:
    /// without the port that some proxies add, and without brackets.
    private static func host(of value: Span<UInt8>, in member: Range<Int>) -> Range<Int> {
        var end = member.upperBound
        var colons = 0
        for index in member where value[index] == 0x3A { colons &+= 1 }
        let isBracketed = !member.isEmpty && value[member.lowerBound] == 0x5B
        if colons == 1 || isBracketed {
            var start = end
            while start > member.lowerBound, Octet.isDigit(value[start &- 1]) { start &-= 1 }
            if start < end, start > member.lowerBound, value[start &- 1] == 0x3A,
                !isBracketed || (start &- 1 > member.lowerBound && value[start &- 2] == 0x5D)
            {
                end = start &- 1
            }
        }
        if isBracketed, end > member.lowerBound &+ 1, value[end &- 1] == 0x5D { return member.lowerBound &+ 1..<end &- 1 }
        return member.lowerBound..<end
    }

    private static func scheme(_ value: Span<UInt8>) -> Scheme? {
        // Some proxies state the scheme of a WebSocket.
        if value.equalsIgnoringCase("https".utf8.span) || value.equalsIgnoringCase("wss".utf8.span) { return .https }
        if value.equalsIgnoringCase("http".utf8.span) || value.equalsIgnoringCase("ws".utf8.span) { return .http }
        return nil
    }

    /// Appends the forwarding fields to the request that goes to the app.
    ///
    /// - Parameters:
    ///   - fields: the forwarded copy of the fields in `facts`, before the request stage, so that rules have the last word.
    ///   - facts: the facts after `identifyClient`.
    ///   - prefix: the path prefix that is removed from the target before it is forwarded, `/app` for example; empty for none.
    ///   - scratch: a buffer of the event loop, whose contents are lost.
    public func apply(
        to fields: inout Fields, facts: borrowing ExchangeFacts, peer: borrowing Peer, prefix: Span<UInt8>,
        scratch: inout [UInt8]
    ) {
        if peer.isTrusted {
            for id in FieldID.xForwardedFor.rawValue...FieldID.forwarded.rawValue { fields.remove(FieldID(rawValue: id)) }
        } else {
            claims.remove(from: &fields)
        }
        let isForwarded = peer.isTrusted && ForwardedChain.isRead(facts.request.fields)
        let isHTTPS = facts.request.scheme == .https
        if isForwarded || peer.isTrusted && facts.request.fields.firstIndex(of: .xForwardedFor) != nil {
            scratch.clear()
            if isForwarded {
                ForwardedChain.appendAddresses(of: facts.request.fields, to: &scratch)
            } else {
                facts.request.fields.appendList(of: .xForwardedFor, to: &scratch)
            }
            let address = peer.text
            // The peer of a Unix socket has none, and the list ends with the one before it.
            if address.isEmpty { scratch.removeLast(min(2, scratch.count)) } else { scratch.append(copying: address.span) }
            if !scratch.isEmpty { fields.append(.xForwardedFor, token: "X-Forwarded-For".utf8.span, value: scratch.span) }
        } else if !peer.forwardedFor.isEmpty {
            let line = peer.forwardedFor
            fields.append(line: line.span, nameLength: 15, id: .xForwardedFor)
        }
        fields.append(line: isHTTPS ? protoHTTPS.span : protoHTTP.span, nameLength: 17, id: .xForwardedProto)
        if let host = isForwarded ? forwardedHost(facts) : believed(.xForwardedHost, facts, peer, where: Authority.isValid) {
            let host = facts.request.fields.value(at: host.line).extracting(host.range)
            appendHost(host, to: &fields, facts: facts, peer: peer)
        } else {
            appendHost(facts.request.authority, to: &fields, facts: facts, peer: peer)
        }
        appendPrefix(prefix, to: &fields, facts: facts, peer: peer, scratch: &scratch)
        appendForwarded(to: &fields, facts: facts, peer: peer, scratch: &scratch)
    }

    /// Removes from trailers the fields that no proxy writes there, but that an app might believe.
    public func removeClaims(fromTrailers trailers: inout Fields) { claims.remove(from: &trailers) }

    /// Appends `X-Forwarded-Host` and the port that goes with it: the one that a trusted peer states, the one in the host, or the
    /// scheme's default. The port that the proxy listens on is none of these, because behind a port mapping no client has seen
    /// it.
    private func appendHost(
        _ host: Span<UInt8>, to fields: inout Fields, facts: borrowing ExchangeFacts, peer: borrowing Peer
    ) {
        if !host.isEmpty { fields.append(.xForwardedHost, token: "X-Forwarded-Host".utf8.span, value: host) }
        if let port = believed(.xForwardedPort, facts, peer, where: Self.isPort) {
            let port = facts.request.fields.value(at: port.line).extracting(port.range)
            fields.append(.xForwardedPort, token: "X-Forwarded-Port".utf8.span, value: port)
            return
        }
        var start = host.count
        while start > 0, Octet.isDigit(host[start &- 1]) { start &-= 1 }
        if start > 0, start < host.count, host[start &- 1] == 0x3A {
            fields.append(.xForwardedPort, token: "X-Forwarded-Port".utf8.span, value: host.extracting(start..<host.count))
        } else {
            let isHTTPS = facts.request.scheme == .https
            fields.append(line: isHTTPS ? portHTTPS.span : portHTTP.span, nameLength: 16, id: .xForwardedPort)
        }
    }

    /// Appends the prefix. If a trusted peer removed its prefix before this proxy removed its own, the app is under both.
    private func appendPrefix(
        _ prefix: Span<UInt8>, to fields: inout Fields, facts: borrowing ExchangeFacts, peer: borrowing Peer,
        scratch: inout [UInt8]
    ) {
        scratch.clear()
        if let outer = believed(.xForwardedPrefix, facts, peer, where: Self.isPrefix) {
            scratch.append(copying: facts.request.fields.value(at: outer.line).extracting(outer.range))
            while scratch.last == 0x2F { scratch.removeLast() }
        }
        scratch.append(copying: prefix)
        guard !scratch.isEmpty else { return }
        fields.append(.xForwardedPrefix, token: "X-Forwarded-Prefix".utf8.span, value: scratch.span)
    }

    /// Appends `for=…;host=…;proto=…` (RFC 7239 §4), if a `Forwarded` came.
    private func appendForwarded(
        to fields: inout Fields, facts: borrowing ExchangeFacts, peer: borrowing Peer, scratch: inout [UInt8]
    ) {
        guard facts.request.fields.firstIndex(of: .forwarded) != nil else { return }
        scratch.clear()
        if peer.isTrusted { appendChain(of: facts.request.fields, to: &scratch) }
        let address = peer.text
        Self.appendNode(address.span, isAddress: !address.isEmpty, to: &scratch)
        let authority = facts.request.authority
        if Authority.isValid(authority) {
            scratch.append(text: ";host=\"")
            scratch.append(copying: authority)
            scratch.append(0x22)
        }
        scratch.append(text: facts.request.scheme == .https ? ";proto=https" : ";proto=http")
        fields.append(.forwarded, token: "Forwarded".utf8.span, value: scratch.span)
    }

    /// Appends what trusted proxies have said of the hops before them, each element followed by a comma and a space. Where they said
    /// it in `X-Forwarded-For`, a `Forwarded` beside that may be the client's own, and the addresses are said again (RFC 7239 §7.4).
    private func appendChain(of fields: borrowing Fields, to output: inout [UInt8]) {
        if ForwardedChain.isRead(fields) { return fields.appendList(of: .forwarded, to: &output) }
        for line in 0..<fields.count where fields.id(at: line) == .xForwardedFor {
            let value = fields.value(at: line)
            var members = ListMembers()
            while let member = members.next(in: value) {
                let node = value.extracting(Self.host(of: value, in: member))
                Self.appendNode(node, isAddress: IPAddress(node) != nil, to: &output)
                output.append(text: ", ")
            }
        }
    }

    /// Appends `for=` with an address, or with `unknown` where it is none (RFC 7239 §6).
    private static func appendNode(_ text: Span<UInt8>, isAddress: Bool, to output: inout [UInt8]) {
        output.append(text: "for=")
        guard isAddress else { return output.append(text: "unknown") }
        let hasColon = text.indices.contains { text[$0] == 0x3A }
        if hasColon { output.append(text: "\"[") }
        output.append(copying: text)
        if hasColon { output.append(text: "]\"") }
    }

    private func forwardedHost(_ facts: borrowing ExchangeFacts) -> Fields.Member? {
        guard let host = ForwardedChain(facts.request.fields, isTrusted: { isTrusted($0) }).host,
            Authority.isValid(facts.request.fields.value(at: host.line).extracting(host.range))
        else { return nil }
        return host
    }

    /// Returns the statement of a trusted peer in a field: its last member, if that is valid.
    private func believed(
        _ id: FieldID, _ facts: borrowing ExchangeFacts, _ peer: borrowing Peer, where isValid: (Span<UInt8>) -> Bool
    ) -> Fields.Member? {
        guard peer.isTrusted, let member = facts.request.fields.lastMember(of: id),
            isValid(facts.request.fields.value(at: member.line).extracting(member.range))
        else { return nil }
        return member
    }

    private static func isPort(_ text: Span<UInt8>) -> Bool {
        var port = 0
        for index in text.indices {
            guard index < 5, Octet.isDigit(text[index]) else { return false }
            port = port * 10 + Int(text[index] &- 0x30)
        }
        return 1...65_535 ~= port
    }

    /// Whether the text is an absolute path; one that begins with two slashes would be another host in a URL.
    private static func isPrefix(_ text: Span<UInt8>) -> Bool {
        guard text.count > 0, text[0] == 0x2F, text.count == 1 || text[1] != 0x2F else { return false }
        for index in text.indices where !Octet.isTarget(text[index]) { return false }
        return true
    }
}
