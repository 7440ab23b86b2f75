import HeapModule

/// Something that must not wait for ever: its event loop checks its deadline.
///
/// Moving a deadline back is a single store, so that an exchange may do it at every event. No timer per request is needed.
class Timed {
    /// The deadline in milliseconds of the loop's clock; `.max` means none.
    final var deadline: Int {
        get { moment }
        set {
            moment = newValue
            if newValue < noted { list?.note(self) }
        }
    }
    private var moment = Int.max
    /// The earliest time for which the list has a note of this member. The member is checked then, even if its deadline has
    /// moved.
    fileprivate var noted = Int.max
    fileprivate var slot = -1
    fileprivate var list: DeadlineList?

    /// Whether the member is in a list, which means that what it belongs to still exists.
    final var isTimed: Bool { slot >= 0 }

    /// Called when the deadline has passed; the deadline has been reset to `.max`.
    func deadlinePassed() {}

    /// Returns the deadline for a timeout that starts now; a timeout of 0 means no deadline.
    static func deadline(now: Int, after timeout: Int) -> Int { timeout <= 0 ? .max : now &+ timeout }
}

/// All deadlines of one event loop. Finding those that are due costs nothing for the others, however many there are.
///
/// Each member with a deadline has a note, ordered by time. When a deadline moves back, its note stays where it is, and the
/// member gets a new one when that note comes up.
final class DeadlineList {
    private struct Note: Comparable {
        var moment: Int
        var slot: UInt32
        var generation: UInt32

        static func < (one: Note, other: Note) -> Bool { one.moment < other.moment }
    }

    private struct Slot {
        var member: Timed?
        /// The generation of the slot's member; notes of earlier generations are stale.
        var generation: UInt32 = 0
    }

    private var notes = Heap<Note>()
    private var slots: [Slot] = []
    private var free: [Int] = []

    /// The number of notes, including stale ones.
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
        // Connections that come and go leave stale notes behind.
        guard notes.count > 4 * slots.count + 64 else { return }
        notes = Heap(notes.unordered.filter { isValid($0) })
    }

    private func isValid(_ note: Note) -> Bool {
        let slot = slots[Int(note.slot)]
        return slot.generation == note.generation && slot.member?.noted == note.moment
    }

    /// The earliest time at which something may be due; `.max` for never.
    var nextMoment: Int { notes.min?.moment ?? .max }

    /// Returns the members whose deadline is at or before `now`, and disarms each.
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
