import HTTPModel

extension Fields {
    /// Merges members that were checked when the rule was compiled, each of which is there once. Unlike the other `merge`, this
    /// one does not take a single line apart, but appends the missing members to it.
    ///
    /// - Parameters:
    ///   - nameAndColon: the text `Name: `.
    ///   - textAndEnd: the text `, member, member CRLF`.
    ///   - count: the number of members.
    mutating func merge(
        _ id: FieldID, nameAndColon: Span<UInt8>, textAndEnd: Span<UInt8>, count: Int, as field: ListField = .words,
        _ list: inout ListLine
    ) {
        let name = nameAndColon.extracting(0..<nameAndColon.count &- 2)
        let members = textAndEnd.extracting(2..<textAndEnd.count &- 2)
        guard let line = firstIndex(of: id, named: name) else {
            append(checked: id, name: name, value: members)
            return
        }
        if firstIndex(of: id, named: name, from: line &+ 1) == nil, id != .cacheControl {
            switch ListMembers.overlap(of: value(at: line), members, count: count, as: field) {
            case .all where self.name(at: line).equals(name): return moveToEnd(line)
            case .none:
                extend(at: line, nameAndColon: nameAndColon, textAndEnd: textAndEnd)
                return
            default: break
            }
        }
        merge(id, name: name, members: members, as: field, &list)
    }

    /// Joins all lines of a list field and further members that are not among theirs into one line at the end, in their original
    /// order. `Vary: *` replaces all the others; a directive of `Cache-Control` replaces those that it contradicts.
    mutating func merge(
        _ id: FieldID, name: Span<UInt8>, members: Span<UInt8>, as field: ListField = .words, _ list: inout ListLine
    ) {
        list.begin(name, as: field)
        var from = 0
        while let index = firstIndex(of: id, named: name, from: from) {
            list.append(value(at: index), replaced: id == .cacheControl ? members : Span())
            from = index &+ 1
        }
        list.append(members, isWanted: true)
        list.end(swallowing: id == .vary)
        if from > 0 {
            if id != .unknown { remove(id) } else { removeLines(named: name) }
        }
        append(line: list.line, nameLength: name.count, id: id)
    }

    /// Removes the lines without an id that have exactly this name.
    private mutating func removeLines(named name: Span<UInt8>) {
        remove { $0.id(at: $1) == .unknown && $0.name(at: $1).equalsIgnoringCase(name) }
    }
}

/// The line of a list field while its members are collected.
struct ListLine: Sendable {
    /// The number of members that are compared, so that a hostile list of thousands does not take quadratic time.
    private static let comparedMembers = 32
    /// Lines are written one after another up to this size, because emptying an array costs more than appending to it.
    private static let bufferSize = 4096

    private var buffer: [UInt8] = []
    private var start = 0
    private var valueStart = 0
    /// The places of the first members in `buffer`.
    private var members: [Range<Int>] = []
    private var hasStar = false
    private var field = ListField.words

    init() {}

    /// The finished line, `Name: value CRLF`.
    var line: Span<UInt8> {
        @_lifetime(borrow self) get { buffer.span.extracting(start..<buffer.count) }
    }

    /// Whether no member has been added yet.
    var isEmpty: Bool { buffer.count == valueStart }

    /// The amount of memory that the line holds on to.
    var capacity: Int { buffer.capacity + members.capacity }

    mutating func begin(_ name: Span<UInt8>, as field: ListField = .words) {
        self.field = field
        if buffer.count > Self.bufferSize { buffer.removeAll(keepingCapacity: true) }
        while !members.isEmpty { members.removeLast() }
        hasStar = false
        start = buffer.count
        buffer.append(copying: name)
        buffer.append(0x3A)
        buffer.append(0x20)
        valueStart = buffer.count
    }

    /// Appends the members of a list, without those of a rule, or of a set of words, that are there already.
    ///
    /// - Parameters:
    ///   - isWanted: whether these are a rule's own members, which are few and are compared with all that are there.
    ///   - directives: members that contradict one of these are left out.
    mutating func append(_ list: Span<UInt8>, isWanted: Bool = false, replaced directives: Span<UInt8> = Span()) {
        var searches = isWanted ? Self.comparedMembers : 0
        let leavesOut = isWanted || field == .words
        var walk = field.walk
        while let range = walk.next(in: list) {
            let member = list.extracting(range)
            if leavesOut && contains(member) || CacheDirective.isReplaced(member, by: directives) { continue }
            if members.count == Self.comparedMembers, searches > 0 {
                searches &-= 1
                if isWritten(member) { continue }
            }
            if buffer.count > valueStart {
                buffer.append(0x2C)
                buffer.append(0x20)
            }
            note(member, at: buffer.count)
            buffer.append(copying: member)
        }
    }

    /// - Parameter swallowing: whether a star replaces all other members.
    mutating func end(swallowing: Bool) {
        if swallowing, hasStar {
            buffer.removeSubrange(valueStart...)
            buffer.append(0x2A)
        }
        buffer.append(0x0D)
        buffer.append(0x0A)
    }

    private mutating func note(_ member: Span<UInt8>, at place: Int) {
        if member.count == 1, member[0] == 0x2A { hasStar = true }
        if members.count < Self.comparedMembers { members.append(place..<place &+ member.count) }
    }

    private func contains(_ member: Span<UInt8>) -> Bool {
        let text = buffer.span
        for place in members.indices where members[place].count == member.count {
            if field.areSame(text.extracting(members[place]), member) { return true }
        }
        return false
    }

    private func isWritten(_ member: Span<UInt8>) -> Bool {
        let text = buffer.span.extracting(valueStart..<buffer.count)
        var walk = field.walk
        while let range = walk.next(in: text) {
            if range.count == member.count, field.areSame(text.extracting(range), member) { return true }
        }
        return false
    }
}

extension ListMembers {
    /// Tells how many of some distinct members are in a list.
    enum Overlap { case none, some, all }

    /// Returns `some`, so that the caller looks closer, also for a list with a star, without members, or with hundreds of them.
    static func overlap(
        of list: Span<UInt8>, _ members: Span<UInt8>, count: Int, as field: ListField = .words
    ) -> Overlap {
        guard count > 1 else { return contains(list, members, field) }
        var common = 0
        var walk = field.walk
        while let range = walk.next(in: members) {
            switch contains(list, members.extracting(range), field) {
            case .none: break
            case .some: return .some
            case .all: common &+= 1
            }
        }
        return common == 0 ? .none : common == count ? .all : .some
    }

    private static func contains(_ list: Span<UInt8>, _ member: Span<UInt8>, _ field: ListField) -> Overlap {
        var walk = field.walk
        var seen = 0
        while let other = walk.next(in: list) {
            seen &+= 1
            if seen > 100 || (other.count == 1 && list[other.lowerBound] == 0x2A) { return .some }
            if other.count == member.count, field.areSame(list.extracting(other), member) { return .all }
        }
        return seen == 0 ? .some : .none
    }
}
