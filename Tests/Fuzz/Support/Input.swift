/// What a fuzz target is given: bytes, from the front of which it takes what it decides by.
package struct Input {
    package private(set) var rest: ArraySlice<UInt8>

    /// - Parameters: as `LLVMFuzzerTestOneInput` has them.
    package init(_ start: UnsafePointer<UInt8>?, _ count: Int) {
        rest = Array(UnsafeBufferPointer(start: start, count: count))[...]
    }

    /// The next byte; 0 at the end.
    package mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    /// Everything that is left.
    package var bytes: [UInt8] { Array(rest) }

    /// The next line, without its end; everything where there is none.
    package mutating func line() -> [UInt8] {
        let line = Array(rest.prefix { $0 != 0x0A })
        rest = rest.dropFirst(line.count + 1)
        return line
    }
}

/// What always holds: ends the process, so that the fuzzer keeps the input.
package func check(_ holds: Bool, _ promise: @autoclosure () -> String, line: UInt = #line, file: StaticString = #fileID) {
    if !holds { fatalError("broken: \(promise())", file: file, line: line) }
}
