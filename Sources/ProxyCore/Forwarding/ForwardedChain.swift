import HTTPModel

/// The statements of trusted proxies in `Forwarded` (RFC 7239), to which each adds an element with the client, host and scheme of
/// the request that it got.
///
/// An element is trusted if all elements to its right were written by trusted proxies, that is, if the addresses that they name
/// are trusted. Among the trusted elements, the leftmost one tells of the client. An element without an address (`for=unknown`,
/// `for=_hidden`), or one that cannot be read, hides who wrote the elements to its left, and is the last that counts.
struct ForwardedChain {
    /// The length in bytes of the longest line that is read; no chain of proxies has so much to say.
    private static let lengthLimit = 4096

    private(set) var client: (address: IPAddress, member: Fields.Member)?
    private(set) var proto: Fields.Member?
    private(set) var host: Fields.Member?

    /// Whether `Forwarded` is used: it is there, and none of the fields that most proxies write instead are.
    static func isRead(_ fields: borrowing Fields) -> Bool {
        fields.firstIndex(of: .forwarded) != nil && fields.firstIndex(of: .xForwardedFor) == nil
            && fields.firstIndex(of: .xForwardedProto) == nil && fields.firstIndex(of: .xForwardedHost) == nil
    }

    /// Reads all lines from the left. Elements that turn out not to be vouched for are dropped when the address comes that ends
    /// the walk from the right.
    init(_ fields: borrowing Fields, isTrusted: (IPAddress) -> Bool) {
        var line = fields.firstIndex(of: .forwarded)
        while let index = line {
            let value = fields.value(at: index)
            if value.count > Self.lengthLimit { (client, proto, host) = (nil, nil, nil) }
            var elements = ListMembers()
            while value.count <= Self.lengthLimit, let range = elements.next(in: value) {
                let element = ForwardedElement(value, range)
                let address = element?.node.flatMap { IPAddress(value.extracting($0)) }
                if address.map({ !isTrusted($0) }) ?? true { (client, proto, host) = (nil, nil, nil) }
                guard let element else { continue }
                if client == nil, let address, let node = element.node {
                    client = (address, Fields.Member(line: index, range: node))
                }
                proto = proto ?? element.proto.map { Fields.Member(line: index, range: $0) }
                host = host ?? element.host.map { Fields.Member(line: index, range: $0) }
            }
            line = fields.firstIndex(of: .forwarded, from: index + 1)
        }
    }

    /// Appends the addresses of all elements, each followed by a comma and a space, as in `X-Forwarded-For`.
    static func appendAddresses(of fields: borrowing Fields, to output: inout [UInt8]) {
        var line = fields.firstIndex(of: .forwarded)
        while let index = line {
            let value = fields.value(at: index)
            if value.count > lengthLimit { output.append(text: "unknown, ") }
            var elements = ListMembers()
            while value.count <= lengthLimit, let range = elements.next(in: value) {
                if let node = ForwardedElement(value, range)?.node, isPlain(value.extracting(node)) {
                    output.append(copying: value.extracting(node))
                } else {
                    output.append(text: "unknown")
                }
                output.append(0x2C)
                output.append(0x20)
            }
            line = fields.firstIndex(of: .forwarded, from: index + 1)
        }
    }

    /// Whether the node is an address, `unknown` or an obfuscated identifier.
    private static func isPlain(_ node: Span<UInt8>) -> Bool { Fields.isName(node) || IPAddress(node) != nil }
}

/// One element of a `Forwarded`: the places of its parameters in the value, without quotes.
struct ForwardedElement {
    /// The value of `for`, without port and brackets; it may be something else than an address.
    private(set) var node: Range<Int>?
    private(set) var proto: Range<Int>?
    private(set) var host: Range<Int>?

    /// Fails for text that is not a list of `name=value`, or that has a parameter twice.
    init?(_ value: Span<UInt8>, _ element: Range<Int>) {
        let text = value.extracting(element)
        var pairs = ListMembers(separator: 0x3B)
        while let pair = pairs.next(in: text) {
            var equals = pair.lowerBound
            while equals < pair.upperBound, text[equals] != 0x3D { equals &+= 1 }
            guard equals < pair.upperBound, Fields.isName(text.extracting(pair.lowerBound..<equals)),
                let found = Self.parameter(text, equals &+ 1..<pair.upperBound)
            else { return nil }
            let name = text.extracting(pair.lowerBound..<equals)
            let place = found.lowerBound &+ element.lowerBound..<found.upperBound &+ element.lowerBound
            if name.equalsIgnoringCase("for".utf8.span) {
                guard node == nil else { return nil }
                node = Self.withoutPort(value, place)
            } else if name.equalsIgnoringCase("proto".utf8.span) {
                guard proto == nil else { return nil }
                proto = place
            } else if name.equalsIgnoringCase("host".utf8.span) {
                guard host == nil else { return nil }
                host = place
            }
        }
    }

    /// Returns the range of a token or a quoted string, without quotes. It accepts what should have been quoted, as the colon of
    /// a port is often left without quotes.
    private static func parameter(_ text: Span<UInt8>, _ range: Range<Int>) -> Range<Int>? {
        if !range.isEmpty, text[range.lowerBound] == 0x22 {
            var index = range.lowerBound &+ 1
            while index < range.upperBound, text[index] != 0x22 { index &+= text[index] == 0x5C ? 2 : 1 }
            return index == range.upperBound &- 1 ? range.lowerBound &+ 1..<index : nil
        }
        for index in range where text[index] == 0x22 || Octet.isBlank(text[index]) || text[index] == 0x3D { return nil }
        return range.isEmpty ? nil : range
    }

    /// Returns the part before the port, without brackets, of `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]:_port`, `unknown` or
    /// `_hidden:80`.
    private static func withoutPort(_ value: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        if !range.isEmpty, value[range.lowerBound] == 0x5B {
            var end = range.lowerBound
            while end < range.upperBound, value[end] != 0x5D { end &+= 1 }
            guard end < range.upperBound, end &+ 1 == range.upperBound || value[end &+ 1] == 0x3A else { return range }
            return range.lowerBound &+ 1..<end
        }
        var colon = range.lowerBound
        while colon < range.upperBound, value[colon] != 0x3A { colon &+= 1 }
        for index in colon..<range.upperBound where index > colon && value[index] == 0x3A { return range }
        return range.lowerBound..<colon
    }
}
