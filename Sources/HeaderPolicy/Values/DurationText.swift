import HTTPModel

/// Reads a duration as people write it.
enum DurationText {
    /// Returns the whole seconds of `3600`, `60s`, `10m`, `12h`, `30d`, `2w` or `1y` (365 days); nil for anything else.
    static func seconds(_ text: String) -> Int? {
        let units = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_536_000]
        guard let last = text.last else { return nil }
        let unit = units[String(last)]
        let digits = unit == nil ? text[...] : text.dropLast()
        guard !digits.isEmpty, digits.utf8.allSatisfy(Octet.isDigit), let number = Int(digits) else { return nil }
        let (seconds, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        return overflow ? nil : seconds
    }
}
