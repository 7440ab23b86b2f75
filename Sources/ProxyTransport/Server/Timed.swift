/// Something that must not wait for ever: it carries a deadline that its event loop looks at a few times a second.
///
/// Moving a deadline is one store, so that an exchange may do it at every event; there is no timer per request.
class Timed {
    /// Milliseconds of the loop's clock; `.max` waits for ever.
    final var deadline = Int.max
    fileprivate final var slot = -1

    /// It stands in a list: what it belongs to is still there.
    final var isTimed: Bool { slot >= 0 }

    /// The deadline has passed; it is `.max` again when this is called.
    func deadlinePassed() {}

    /// The deadline for a timeout that starts now; a timeout of 0 is none.
    static func deadline(now: Int, after timeout: Int) -> Int { timeout <= 0 ? .max : now &+ timeout }
}

/// All that is timed on one event loop.
struct DeadlineList {
    private var members: [Timed] = []

    var isEmpty: Bool { members.isEmpty }

    mutating func insert(_ member: Timed) {
        guard member.slot < 0 else { return }
        member.slot = members.count
        members.append(member)
    }

    mutating func remove(_ member: Timed) {
        let slot = member.slot
        guard slot >= 0, let last = members.popLast() else { return }
        member.slot = -1
        member.deadline = .max
        if last !== member {
            last.slot = slot
            members[slot] = last
        }
    }

    /// Those whose deadline is at or before `now`, each disarmed.
    func due(now: Int) -> [Timed] {
        var due: [Timed] = []
        for member in members where member.deadline <= now {
            member.deadline = .max
            due.append(member)
        }
        return due
    }
}
