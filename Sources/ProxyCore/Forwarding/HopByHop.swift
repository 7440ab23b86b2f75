public import HTTPModel

/// Fields that belong to one connection, removed in both directions before a stage sees the message (promise 3).
public enum HopByHop {
    /// The number of names that one message may nominate by `Connection`.
    public static let nominationLimit = 100

    /// The information in the removed fields that is still needed.
    public struct Stripped: Sendable, Hashable {
        /// Whether `TE` listed `trailers` (RFC 9110 §10.1.4).
        public var acceptsTrailers = false
        /// Whether more names than `nominationLimit` were nominated; the message is then to be refused (400, or 502 from an
        /// upstream).
        public var hasTooManyNominations = false
    }

    /// Removes `Connection`, `Keep-Alive`, `Proxy-Connection`, `Transfer-Encoding`, `TE`, `Upgrade`, `HTTP2-Settings` and every
    /// field that `Connection` nominates (RFC 9110 §7.6.1); and `Trailer`, which announces trailers to whoever gets them
    /// (RFC 9110 §6.6.2), where none pass.
    ///
    /// `Host` and `Content-Length` stay, nominated or not: they frame and direct the message, and without them the two sides of
    /// the proxy would see different messages. A message without such fields costs nothing, and only a nominated field that is
    /// present makes it allocate.
    @discardableResult
    public static func strip(_ fields: inout Fields, trailersPass: Bool = false) -> Stripped {
        var result = Stripped()
        guard mayHaveAny(fields) else { return result }
        result.acceptsTrailers = fields.lists(.te, "trailers")
        var doomed: [[UInt8]] = []
        result.hasTooManyNominations = !collectNominated(fields, into: &doomed)
        fields.remove { fields, index in
            let id = fields.id(at: index)
            if id.isHopByHop, !(trailersPass && id == .trailer) { return true }
            if doomed.isEmpty || id == .host || id == .contentLength { return false }
            return doomed.contains { fields.name(at: index).equalsIgnoringCase($0.span) }
        }
        return result
    }

    /// Removes request fields whose names contain `_`; returns how many there were (promise 11).
    ///
    /// WSGI and CGI fold `-` and `_` into one key, so that `X_Forwarded_For` would reach an app as `X-Forwarded-For`.
    @discardableResult
    public static func dropUnderscored(_ fields: inout Fields) -> Int {
        // The standard names have no underscore, and nearly every field of a request is one of them.
        let listed = UInt16(truncatingIfNeeded: FieldNames.standard.count)
        guard
            fields.indices.contains(where: {
                fields.id(at: $0).rawValue &- 1 >= listed && hasUnderscore(fields.name(at: $0))
            })
        else { return 0 }
        return fields.remove { hasUnderscore($0.name(at: $1)) }
    }

    private static func mayHaveAny(_ fields: borrowing Fields) -> Bool {
        for id in FieldID.connection.rawValue...FieldID.http2Settings.rawValue {
            if fields.mayContain(FieldID(rawValue: id)) { return true }
        }
        return false
    }

    /// Copies the nominated names that are present. Returns false when there are too many to look for.
    private static func collectNominated(_ fields: borrowing Fields, into doomed: inout [[UInt8]]) -> Bool {
        var nominations = 0
        var line = fields.firstIndex(of: .connection)
        while let index = line {
            let value = fields.value(at: index)
            var members = ListMembers()
            while let member = members.next(in: value) {
                let name = value.extracting(member)
                if isCommonOption(name) { continue }
                nominations += 1
                guard nominations <= nominationLimit else { return false }
                for other in fields.indices where fields.name(at: other).equalsIgnoringCase(name) {
                    doomed.append(Array(copying: name))
                    break
                }
            }
            line = fields.firstIndex(of: .connection, from: index + 1)
        }
        return true
    }

    /// Whether an option names no field, or one that is removed anyway.
    private static func isCommonOption(_ option: Span<UInt8>) -> Bool {
        switch option.count {
        case 2: option.equalsIgnoringCase("te".utf8.span)
        case 5: option.equalsIgnoringCase("close".utf8.span)
        case 7: option.equalsIgnoringCase("upgrade".utf8.span)
        case 10: option.equalsIgnoringCase("keep-alive".utf8.span)
        default: false
        }
    }

    private static func hasUnderscore(_ name: Span<UInt8>) -> Bool {
        for index in name.indices where name[index] == 0x5F { return true }
        return false
    }
}
