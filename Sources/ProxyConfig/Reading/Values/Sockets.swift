import HTTPModel
import HeaderPolicy
import ProxyCore

/// Reads addresses as people write them.
extension Reading {
    /// Reads an address to listen on: `host:port`, `:8080`, `8080`, `[::1]:8080` or `unix:/path`. Without a host it is every
    /// interface, for both versions of IP.
    func bindAddress(_ node: Node) -> Located<SocketTarget>? {
        guard let text = text(node, for: "an address to listen on") else { return nil }
        let form = text.value.utf8.allSatisfy(Octet.isDigit) ? ":" + text.value : text.value
        guard !form.contains(text: "://") else {
            let rest = String(form[(form.range(ofFirst: "://")?.upperBound ?? form.startIndex)...].prefix { $0 != "/" })
            error(
                "`\(form.abbreviated)` is not an address", at: node.place, help: "write `\(rest.abbreviated)`, without a scheme")
            return nil
        }
        guard let target = target(form, node.place, ports: 0...65_535, host: "::") else { return nil }
        return Located(target, at: text.location)
    }

    /// Reads a server of an upstream: a URL, `host:port` or `unix:/path`. The scheme is nil when none is written.
    func server(_ node: Node) -> (scheme: Upstream.Scheme?, target: Located<SocketTarget>)? {
        guard let text = text(node, for: "an upstream's address") else { return nil }
        let value = text.value
        guard let colon = value.range(ofFirst: "://") else {
            guard !value.utf8.allSatisfy(Octet.isDigit) else {
                error("`\(value)` is not an address", at: node.place, help: "write `http://127.0.0.1:\(value)`")
                return nil
            }
            guard let target = target(value, node.place, ports: 1...65_535, host: nil) else { return nil }
            return (nil, Located(target, at: text.location))
        }
        let name = String(value[..<colon.lowerBound])
        guard let scheme = Upstream.Scheme(rawValue: name.lowercased()) else {
            error(
                "`\(name.abbreviated)` is not a scheme of an upstream", at: node.place,
                help: "write http, https, h2c or h2, or `unix:/path` for a socket")
            return nil
        }
        var rest = String(value[colon.upperBound...])
        if rest.hasSuffix("/") { rest.removeLast() }
        guard !rest.contains(where: { "/?#".contains($0) }) else {
            let bare = "\(name)://\(rest.prefix { !"/?#".contains($0) })"
            error(
                "an upstream's address has no path", at: node.place,
                help: "write `\(bare.abbreviated)`: the app gets the path of each request")
            return nil
        }
        guard !rest.contains("@") else {
            error(
                "an upstream's address has no user name", at: node.place,
                help: "set the header in `request_headers`: `set: { Authorization: … }`")
            return nil
        }
        guard let target = target(rest, node.place, ports: 1...65_535, host: nil, port: scheme.isTLS ? 443 : 80) else {
            return nil
        }
        return (scheme, Located(target, at: text.location))
    }

    /// - Parameters:
    ///   - host: replaces an empty host; nil refuses it.
    ///   - port: replaces a missing port; nil refuses that.
    private func target(
        _ text: String, _ place: Place, ports: ClosedRange<Int>, host defaultHost: String?, port defaultPort: Int? = nil
    ) -> SocketTarget? {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(text.hasPrefix("unix://") ? 7 : 5))
            guard path.hasPrefix("/") else {
                error("a Unix socket needs an absolute path", at: place, help: "write `unix:/run/app.sock`")
                return nil
            }
            // sockaddr_un has room for 108 bytes, including the closing zero.
            guard path.utf8.count < 108 else {
                error("the path of a Unix socket has at most 107 bytes, this one has \(path.utf8.count)", at: place)
                return nil
            }
            return .unix(path)
        }
        guard !text.hasPrefix("/") else {
            error("`\(text.abbreviated)` is not an address", at: place, help: "write `unix:\(text.abbreviated)` for a socket")
            return nil
        }
        var host = text[...]
        var port: Substring?
        if let bracket = text.lastIndex(of: "]") {
            host = text[...bracket]
            let rest = text[text.index(after: bracket)...]
            if !rest.isEmpty {
                guard rest.first == ":" else {
                    error("`\(text.abbreviated)` is not an address", at: place, help: "write `[::1]:8080`")
                    return nil
                }
                port = rest.dropFirst()
            }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard let name = hostName(String(host), text, place, default: defaultHost) else { return nil }
        guard let port else {
            guard let defaultPort else {
                let port = defaultHost == nil ? 5000 : 8080
                error("`\(text.abbreviated)` has no port", at: place, help: "write `\(text.abbreviated):\(port)`")
                return nil
            }
            return .tcp(host: name, port: defaultPort)
        }
        guard let number = Int(port), ports.contains(number), port.utf8.allSatisfy(Octet.isDigit) else {
            error("a port is \(ports.lowerBound) to \(ports.upperBound), not `\(String(port).abbreviated)`", at: place)
            return nil
        }
        guard port.count == 1 || !port.hasPrefix("0") else {
            error("the port `\(port)` begins with a zero", at: place, help: "write `\(number)`")
            return nil
        }
        return .tcp(host: name, port: number)
    }

    private func hostName(_ host: String, _ text: String, _ place: Place, default defaultHost: String?) -> String? {
        if host.hasPrefix("["), host.hasSuffix("]") {
            // With an address of either version, a variable can stand in the brackets.
            let inner = String(host.dropFirst().dropLast())
            guard IPAddress(inner.utf8.span) != nil else {
                error("`\(host.abbreviated)` is not an IPv6 address", at: place)
                return nil
            }
            return inner
        }
        if host.isEmpty, let defaultHost { return defaultHost }
        guard !host.contains(":") else {
            let isHexadecimal = host.utf8.allSatisfy { $0 == 0x3A || Octet.hexValue($0) != nil }
            error(
                "`\(text.abbreviated)` is not an address", at: place,
                help: isHexadecimal ? "put an IPv6 address in brackets: \"[::1]:8080\"" : nil)
            return nil
        }
        guard HostName.isValid(host) else {
            let help = host == "*" && defaultHost != nil ? "write `:8080` for every interface" : nil
            error("`\(host.abbreviated)` is not a host name or address", at: place, help: help)
            return nil
        }
        let isNumeric = host.utf8.allSatisfy { Octet.isDigit($0) || $0 == 0x2E }
        guard !isNumeric || IPAddress(host.utf8.span) != nil else {
            error("`\(host.abbreviated)` is not an IPv4 address", at: place)
            return nil
        }
        return host
    }
}
