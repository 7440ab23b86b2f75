/// Numbers with units.
package enum Quantity {
    package enum Outcome: Equatable {
        case value(Int), noUnit(Int), negative, tooLarge, malformed
    }

    /// A year, in milliseconds.
    package static let longest = 365 * 86_400_000

    package static func duration(_ text: String) -> Outcome {
        let units = ["ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        return sum(text, units: units, limit: longest)
    }

    /// Reads a size. K is 1024, as in nginx, whether it is written KB or KiB.
    package static func size(_ text: String) -> Outcome {
        let units = [
            "b": 1, "k": 1 << 10, "kb": 1 << 10, "kib": 1 << 10, "m": 1 << 20, "mb": 1 << 20, "mib": 1 << 20,
            "g": 1 << 30, "gb": 1 << 30, "gib": 1 << 30, "tb": 1 << 40, "tib": 1 << 40, "t": 1 << 40,
        ]
        return sum(text, units: units, limit: 1 << 40)
    }

    private static func sum(_ text: String, units: [String: Int], limit: Int) -> Outcome {
        var rest = text.lowercased()[...]
        let isNegative = rest.first == "-"
        if isNegative { rest.removeFirst() }
        guard !rest.isEmpty else { return .malformed }
        var total = 0
        var isFirst = true
        var isTooLarge = false
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard !digits.isEmpty else { return .malformed }
            rest = rest.dropFirst(digits.count)
            // There may be at most as many places as the ratio of the largest to the smallest unit has.
            var fraction: Substring = ""
            if rest.first == "." {
                fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
                guard (1...9).contains(fraction.count) else { return .malformed }
                rest = rest.dropFirst(1 + fraction.count)
            }
            while rest.first == " " { rest.removeFirst() }
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            if unit.isEmpty {
                guard isFirst, rest.isEmpty, fraction.isEmpty else { return .malformed }
                guard !isNegative else { return .negative }
                guard let number = Int(digits), number <= limit else { return .tooLarge }
                return number == 0 ? .value(0) : .noUnit(number)
            }
            guard let factor = units[String(unit)] else { return .malformed }
            isFirst = false
            guard let part = Self.part(fraction, of: factor) else { return .malformed }
            let (product, overflows) = (Int(digits) ?? .max).multipliedReportingOverflow(by: factor)
            if overflows || product > limit || total + product + part > limit {
                isTooLarge = true
            } else {
                total += product + part
            }
        }
        return isNegative ? .negative : isTooLarge ? .tooLarge : .value(total)
    }

    /// Returns the digits after the point in the smallest unit; nil when that is not a whole number.
    private static func part(_ fraction: Substring, of factor: Int) -> Int? {
        guard let number = fraction.isEmpty ? 0 : Int(fraction) else { return nil }
        var scale = 1
        for _ in fraction { scale *= 10 }
        // Nine digits of a terabyte do not overflow.
        let (product, overflows) = number.multipliedReportingOverflow(by: factor)
        return !overflows && product % scale == 0 ? product / scale : nil
    }
}
