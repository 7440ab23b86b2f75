import HeapModule

/// Something that must not wait for ever: it carries a deadline that its event loop looks at.
///
/// Putting a deadline off is one store, so that an exchange may do it at every event; there is no timer per request.
class Timed {
    /// Milliseconds of the loop's clock; `.max` waits for ever.
    final var deadline: Int {
        get { moment }
        set {
            moment = newValue
            if newValue < noted { list?.note(self) }
        }
    }
    private var moment = Int.max
    /// The earliest moment for which the list has a note of it: it is looked at then, whatever has become of the deadline.
    fileprivate var noted = Int.max
    fileprivate var slot = -1
    fileprivate var list: DeadlineList?

    /// It stands in a list: what it belongs to is still there.
    final var isTimed: Bool { slot >= 0 }

    /// The deadline has passed; it is `.max` again when this is called.
    func deadlinePassed() {}

    /// The deadline for a timeout that starts now; a timeout of 0 is none.
    static func deadline(now: Int, after timeout: Int) -> Int { timeout <= 0 ? .max : now &+ timeout }
}

/// All that is timed on one event loop. To look for what is due costs nothing for those that are not, however many they are.
///
/// There is a note for each member that has a deadline, by time. A deadline that is put off leaves its note where it is: when that comes
/// up, the member gets a new one.
final class DeadlineList {
    private struct Note: Comparable {
        var moment: Int
        var slot: UInt32
        var generation: UInt32

        static func < (one: Note, other: Note) -> Bool { one.moment < other.moment }
    }

    private struct Slot {
        var member: Timed?
        /// Of the member: notes of former ones mean nothing.
        var generation: UInt32 = 0
    }

    private var notes = Heap<Note>()
    private var slots: [Slot] = []
    private var free: [Int] = []

    var isEmpty: Bool { free.count == slots.count }
    /// How many notes are kept, those that mean nothing any more included.
    var noteCount: Int { notes.count }

    func insert(_ member: Timed) {
        guard member.slot < 0 else { return }
        let slot = free.popLast() ?? slots.count
        if slot == slots.count { slots.append(Slot()) }
        slots[slot].member = member
        member.slot = slot
        member.list = self
        if member.deadline < .max { note(member) }
    }

    func remove(_ member: Timed) {
        guard member.list === self else { return }
        let slot = member.slot
        member.slot = -1
        member.list = nil
        member.noted = .max
        member.deadline = .max
        slots[slot].member = nil
        slots[slot].generation &+= 1
        free.append(slot)
    }

    fileprivate func note(_ member: Timed) {
        member.noted = member.deadline
        notes.insert(
            Note(moment: member.noted, slot: UInt32(member.slot), generation: slots[member.slot].generation))
        // Connections that come and go leave their notes behind.
        guard notes.count > 4 * slots.count + 64 else { return }
        notes = Heap(notes.unordered.filter { isValid($0) })
    }

    private func isValid(_ note: Note) -> Bool {
        let slot = slots[Int(note.slot)]
        return slot.generation == note.generation && slot.member?.noted == note.moment
    }

    /// When something may be due; `.max` for never.
    var nextMoment: Int { notes.min?.moment ?? .max }

    /// Those whose deadline is at or before `now`, each disarmed.
    func due(now: Int) -> [Timed] {
        var due: [Timed] = []
        while let first = notes.min, first.moment <= now {
            notes.removeMin()
            guard isValid(first), let member = slots[Int(first.slot)].member else { continue }
            member.noted = .max
            if member.deadline <= now {
                member.deadline = .max
                due.append(member)
            } else if member.deadline < .max {
                note(member)
            }
        }
        return due
    }
}
