import HTTPModel

/// `Via` in requests (RFC 9110 §7.6.3): the way that they came, by which a loop is detected.
///
/// A request that has passed `loopLimit` times under this name is in a loop, because no chain of proxies with the same name is so
/// long.
public struct Via: Sendable {
    /// The number of members with the own name at which a request is refused.
    public static let loopLimit = 5

    /// The proxy's name in `Via`.
    private let name: [UInt8]
    /// The line `Via: 1.1 name CRLF`, for each version of the request.
    private let http10: [UInt8]
    private let http11: [UInt8]
    private let http2: [UInt8]

    /// - Parameter name: a token, or a host with an optional port.
    public init(name: String) {
        self.name = Array(name.utf8)
        http10 = Array("Via: 1.0 \(name)\r\n".utf8)
        http11 = Array("Via: 1.1 \(name)\r\n".utf8)
        http2 = Array("Via: 2 \(name)\r\n".utf8)
    }

    /// Whether a name can stand for a proxy. It may not have a parenthesis, which begins a comment.
    public static func isName(_ name: Span<UInt8>) -> Bool {
        for index in name.indices where name[index] == 0x28 || name[index] == 0x29 { return false }
        return Fields.isName(name) || Authority.isValid(name)
    }

    /// Whether a request runs in a loop.
    func isLoop(_ fields: borrowing Fields) -> Bool {
        guard fields.mayContain(.via) else { return false }
        var passages = 0
        var line = fields.firstIndex(of: .via)
        while let index = line {
            let value = fields.value(at: index)
            var members = ListMembers()
            while let range = members.next(in: value) {
                if receiver(value.extracting(range)).equalsIgnoringCase(name.span) { passages &+= 1 }
            }
            line = fields.firstIndex(of: .via, from: index + 1)
        }
        return passages >= Self.loopLimit
    }

    /// Returns the name of the receiver: the second word in `HTTP/1.1 name (comment)`.
    @_lifetime(copy member)
    private func receiver(_ member: Span<UInt8>) -> Span<UInt8> {
        var start = 0
        while start < member.count, !Octet.isBlank(member[start]) { start &+= 1 }
        while start < member.count, Octet.isBlank(member[start]) { start &+= 1 }
        var end = start
        while end < member.count, !Octet.isBlank(member[end]), member[end] != 0x28 { end &+= 1 }
        return member.extracting(start..<end)
    }

    /// Appends this hop to the existing ones, in one line.
    func append(to fields: inout Fields, version: HTTPVersion, scratch: inout [UInt8]) {
        switch version {
        case .http10: append(http10.span, to: &fields, &scratch)
        case .http11: append(http11.span, to: &fields, &scratch)
        case .http2: append(http2.span, to: &fields, &scratch)
        }
    }

    private func append(_ own: Span<UInt8>, to fields: inout Fields, _ scratch: inout [UInt8]) {
        guard fields.firstIndex(of: .via) != nil else {
            fields.append(line: own, nameLength: 3, id: .via)
            return
        }
        scratch.clear()
        fields.appendList(of: .via, to: &scratch)
        scratch.append(copying: own.extracting(5..<own.count &- 2))
        fields.remove(.via)
        fields.append(.via, token: "Via".utf8.span, value: scratch.span)
    }
}
