/// A place in the file: line and column, counted from 1, and its width in Unicode scalars.
package struct Place: Hashable, Comparable {
    package var line: Int
    package var column: Int
    package var width = 1

    package static func < (left: Place, right: Place) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// The text of a configuration file by line and column.
package struct SourceText {
    /// All scalars, including line ends, but without a byte order mark.
    package var scalars: [Unicode.Scalar]
    /// The indexes where lines begin.
    private let starts: [Int]

    package init(_ text: String) {
        var scalars = Array(text.unicodeScalars)
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        var starts = [0]
        for index in scalars.indices {
            let isBreak = scalars[index] == "\n" || (scalars[index] == "\r" && !(scalars[safe: index + 1] == "\n"))
            if isBreak { starts.append(index + 1) }
        }
        self.scalars = scalars
        self.starts = starts
    }

    package var text: String {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        return text
    }

    /// Returns the index in `scalars` of a line and column; nil beyond the text.
    package func index(line: Int, column: Int) -> Int? {
        guard line >= 1, line <= starts.count, column >= 1 else { return nil }
        let index = starts[line - 1] + column - 1
        return index < scalars.count ? index : nil
    }

    /// Returns the scalars of a line, without its end; empty beyond the text.
    package func line(_ number: Int) -> ArraySlice<Unicode.Scalar> {
        guard number >= 1, number <= starts.count else { return [] }
        let start = starts[number - 1]
        var end = number < starts.count ? starts[number] : scalars.count
        // They are not removed from the slice, because that would copy the whole text, and this is called for each value.
        while end > start, scalars[end - 1] == "\n" || scalars[end - 1] == "\r" { end -= 1 }
        return scalars[start..<end]
    }

    /// Returns the line and column of an index into `scalars`.
    package func place(of index: Int) -> Place {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= index { low = middle } else { high = middle }
        }
        return Place(line: low + 1, column: index - starts[low] + 1)
    }

    /// Returns the nearest place in the text.
    package func clamp(_ place: Place) -> Place {
        guard place.line <= starts.count, line(place.line).count + 1 >= place.column,
            place.line < starts.count || !line(place.line).isEmpty
        else { return Place(line: lastLine, column: line(lastLine).count + 1) }
        return place
    }

    /// The last line that is not blank; 1 for an empty text.
    package var lastLine: Int {
        var number = starts.count
        while number > 1, line(number).allSatisfy({ $0 == " " || $0 == "\t" }) { number -= 1 }
        return number
    }
}

extension RandomAccessCollection {
    /// Returns the element, or nil beyond the ends.
    package subscript(safe index: Index) -> Element? {
        indices.contains(index) ? self[index] : nil
    }
}

extension Collection<Unicode.Scalar> {
    package var string: String {
        var text = ""
        text.unicodeScalars.append(contentsOf: self)
        return text
    }
}
