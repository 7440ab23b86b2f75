import HTTPModel

/// Finds one match after another in a text, all of them together in linear time.
///
/// Asking a regex engine for match after match is quadratic: `a.*b|a` on a run of `a` looks at the whole rest each time. So the
/// text is first read backwards once, noting for every place the instructions from which some match can still be completed (a row
/// of bits). Then one thread walks forwards and takes at every fork the preferred way that is not a dead end. Rows are kept for
/// one block of the text; the blocks after it are computed again, each once, from their first row.
struct RegexSearch {
    /// The number of places in a block.
    static let blockLength = 256

    private let program: RegexProgram
    private let words: Int
    private var block = 0
    /// The place where the next match may begin, and the end of the last one.
    private var position = 0
    private var lastEnd = -1

    init(_ program: RegexProgram, in text: Span<UInt8>, scratch: inout RegexScratch) {
        self.program = program
        words = (program.code.count &+ 63) / 64
        scratch.prepare(for: program)
        Self.grow(&scratch.rows, to: (Self.blockLength &+ 1) &* words)
        let last = text.count / Self.blockLength
        Self.grow(&scratch.blocks, to: (last &+ 1) &* words)
        for block in (0...last).reversed() {
            fill(block, text, &scratch)
            for word in 0..<words { scratch.blocks[block &* words &+ word] = scratch.rows[word] }
        }
    }

    private static func grow(_ rows: inout [UInt64], to count: Int) {
        if rows.count < count { rows.append(contentsOf: repeatElement(0, count: count &- rows.count)) }
    }

    /// Returns the next match, whose groups are then in `scratch.slots`. An empty match directly after another match is skipped.
    mutating func next(in text: Span<UInt8>, scratch: inout RegexScratch) -> Range<Int>? {
        while position <= text.count {
            let start = position
            enter(start, text, &scratch)
            guard isViable(0, at: start, scratch) else {
                position &+= 1
                continue
            }
            let end = walk(from: start, in: text, scratch: &scratch)
            position = max(end, start &+ 1)
            if start == end && end == lastEnd { continue }
            lastEnd = end
            scratch.slots[0] = start
            scratch.slots[1] = end
            return start..<end
        }
        return nil
    }

    /// Follows the best way from a place where a match begins, and returns its end.
    private mutating func walk(from start: Int, in text: Span<UInt8>, scratch: inout RegexScratch) -> Int {
        for slot in scratch.slots.indices { scratch.slots[slot] = -1 }
        var index = start
        var pc = 0
        while true {
            enter(index, text, &scratch)
            guard let next = settle(pc, in: text, at: index, scratch: &scratch) else { return index }
            pc = next &+ 1
            index &+= 1
        }
    }

    /// Returns the first instruction in order of preference that takes the byte at this place and can lead to a match; nil when
    /// the preferred way is to end here.
    private func settle(_ start: Int, in text: Span<UInt8>, at index: Int, scratch: inout RegexScratch) -> Int? {
        scratch.generation &+= 1
        scratch.pending.removeAll(keepingCapacity: true)
        scratch.undo.removeAll(keepingCapacity: true)
        scratch.pending.append(start)
        while let entry = scratch.pending.popLast() {
            // A negative entry marks that the ways after a `save` are exhausted.
            guard entry >= 0 else {
                if let former = scratch.undo.popLast(), let slot = scratch.undo.popLast() { scratch.slots[slot] = former }
                continue
            }
            guard scratch.visit(entry), isViable(entry, at: index, scratch) else { continue }
            switch program.code[entry] {
            case .byte, .set: return entry
            case .match: return nil
            case .jump(let target): scratch.pending.append(target)
            case .split(let first, let second):
                scratch.pending.append(second)
                scratch.pending.append(first)
            case .save(let slot):
                scratch.undo.append(slot)
                scratch.undo.append(scratch.slots[slot])
                scratch.pending.append(-1)
                scratch.slots[slot] = index
                scratch.pending.append(entry &+ 1)
            case .assert: scratch.pending.append(entry &+ 1)
            }
        }
        return nil
    }

    /// Computes the rows of the block that a place is in, unless they are there. Places only grow.
    private mutating func enter(_ index: Int, _ text: Span<UInt8>, _ scratch: inout RegexScratch) {
        guard index / Self.blockLength != block else { return }
        block = index / Self.blockLength
        fill(block, text, &scratch)
    }

    private func isViable(_ pc: Int, at index: Int, _ scratch: borrowing RegexScratch) -> Bool {
        let row = index % Self.blockLength &* words
        return (scratch.rows[row &+ pc / 64] >> UInt64(pc & 63)) & 1 == 1
    }

    /// Computes the rows of one block from the first row of the block after it.
    private func fill(_ block: Int, _ text: Span<UInt8>, _ scratch: inout RegexScratch) {
        let lower = block &* Self.blockLength
        let upper = min(lower &+ Self.blockLength, text.count &+ 1)
        scratch.pending.removeAll(keepingCapacity: true)
        if upper <= text.count {
            for word in 0..<words {
                scratch.rows[Self.blockLength &* words &+ word] = scratch.blocks[(block &+ 1) &* words &+ word]
            }
        }
        for index in (lower..<upper).reversed() {
            let row = (index &- lower) &* words
            for word in 0..<words { scratch.rows[row &+ word] = 0 }
            mark(program.code.count &- 1, row, &scratch)
            if index < text.count { step(back: text[index], from: row &+ words, to: row, &scratch) }
            while let target = scratch.pending.popLast() {
                for edge in program.sourceStarts[target]..<program.sourceStarts[target &+ 1] {
                    let source = program.sources[edge]
                    switch program.code[source] {
                    case .byte, .set, .match: continue
                    case .assert(let assertion) where !assertion.holds(in: text, at: index): continue
                    case .assert, .jump, .save, .split: mark(source, row, &scratch)
                    }
                }
            }
        }
    }

    /// Marks the instructions that take this byte and lead to one that is marked in the next row.
    private func step(back byte: UInt8, from next: Int, to row: Int, _ scratch: inout RegexScratch) {
        for word in 0..<words {
            var bits = scratch.rows[next &+ word]
            while bits != 0 {
                let target = word &* 64 &+ bits.trailingZeroBitCount
                bits &= bits &- 1
                for edge in program.sourceStarts[target]..<program.sourceStarts[target &+ 1] {
                    scratch.steps &+= 1
                    if program.takes(byte, at: program.sources[edge]) { mark(program.sources[edge], row, &scratch) }
                }
            }
        }
    }

    private func mark(_ pc: Int, _ row: Int, _ scratch: inout RegexScratch) {
        scratch.steps &+= 1
        let bit = UInt64(1) << UInt64(pc & 63)
        guard scratch.rows[row &+ pc / 64] & bit == 0 else { return }
        scratch.rows[row &+ pc / 64] |= bit
        scratch.pending.append(pc)
    }
}
