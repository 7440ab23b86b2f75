/// The limits on the size of a tree.
struct TreeLimits {
    /// The nesting of lists and mappings.
    var depth = 64
    /// The number of written values, with room for 20,000 routes of fifty each, and a hundred megabytes at most while they are
    /// read.
    var values = 1_000_000
    /// The number of values that aliases may add, or ten for each that is written, because few lines must not stand for millions
    /// of values.
    var aliases = 200_000
    /// The number of asterisks without an alias that are searched for; each costs one reading of the text.
    var asterisks = 16
}

/// Makes the tree of `Node`s of a text.
struct TreeReader {
    let reading: Reading
    let limits: TreeLimits

    init(_ reading: Reading, limits: TreeLimits = TreeLimits()) {
        self.reading = reading
        self.limits = limits
    }

    /// Returns the root; nil after an error that leaves nothing to read.
    func read() -> Node? {
        guard checkCharacters() else { return nil }
        // libyaml gives up at an asterisk that begins no alias. With a letter in its place, it continues and finds the next
        // error.
        var text = reading.source.scalars
        var asterisks: [Place] = []
        while true {
            guard var tree = TreeBuilder(text.string, asterisks: asterisks, limits, reading) else {
                reading.error("there is no memory to read this", at: Place(line: 1, column: 1))
                return nil
            }
            do throws(TreeBuilder.Stop) {
                return try tree.document()
            } catch {
                guard case .fault(let fault) = error else { return nil }
                guard let place = asterisk(of: fault), asterisks.count < limits.asterisks,
                    let index = reading.source.index(line: place.line, column: place.column), text[index] == "*"
                else {
                    report(fault)
                    return nil
                }
                text[index] = "x"
                asterisks.append(place)
            }
        }
    }

    private func asterisk(of fault: YAMLFault) -> Place? {
        guard let context = fault.context, context.text == "while scanning an alias" else { return nil }
        return context.place
    }
}
