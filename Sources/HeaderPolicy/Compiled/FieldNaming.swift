import HTTPModel

// WSGI and CGI give an app `X_Request_Id` and `X-Request-Id` under one key, so rules treat names that differ only in that as
// aliases (promise 11). Names with `_` are never interned: each line that has one gets the id `unknown`. So only lines without an
// id need to be searched for aliases, and most messages have none.

extension FieldNames {
    /// Returns the id of a name in a rule; `unknown` for a name with `_`, which is compared by its bytes.
    mutating func intern(rule name: String) -> FieldID {
        name.utf8.contains(0x5F) ? .unknown : intern(name)
    }
}

extension Fields {
    /// Returns the first line of a field at or after `start`; a field without an id is compared by its name.
    func firstIndex(of id: FieldID, named name: Span<UInt8>, from start: Int = 0) -> Int? {
        guard id == .unknown else { return firstIndex(of: id, from: start) }
        var index = start
        while let found = firstIndex(of: .unknown, from: index) {
            if self.name(at: found).equalsIgnoringCase(name) { return found }
            index = found &+ 1
        }
        return nil
    }

    /// Whether a line without an id has a name with `_`, so that aliases need to be searched.
    var hasAliases: Bool {
        var index = 0
        while let found = firstIndex(of: .unknown, from: index) {
            let name = name(at: found)
            for place in name.indices where name[place] == 0x5F { return true }
            index = found &+ 1
        }
        return false
    }

    /// Removes the lines without an id whose names are the given name or an alias of it.
    mutating func removeAliases(of name: Span<UInt8>) {
        guard firstIndex(of: .unknown) != nil else { return }
        remove { $0.id(at: $1) == .unknown && $0.name(at: $1).isAlias(of: name) }
    }

    /// Removes the lines whose names, or their aliases, start with a prefix.
    mutating func removeAll(with prefix: borrowing NamePrefix) {
        let text = prefix.text.span
        let covered = prefix.covered.span
        let known = prefix.known
        remove { fields, index in
            let id = fields.id(at: index)
            if id == .unknown || id.rawValue > known { return fields.name(at: index).hasAliasPrefix(text) }
            for place in covered.indices where covered[place] == id { return true }
            return false
        }
    }
}

extension Span<UInt8> {
    /// Whether both are the same name when ASCII case is ignored and `_` is read as `-`.
    func isAlias(of name: Span<UInt8>) -> Bool {
        count == name.count && hasAliasPrefix(name)
    }

    func hasAliasPrefix(_ prefix: Span<UInt8>) -> Bool {
        guard count >= prefix.count else { return false }
        for index in prefix.indices where Self.folded(self[index]) != Self.folded(prefix[index]) { return false }
        return true
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
        byte == 0x5F ? 0x2D : Octet.lowercased(byte)
    }
}
