/// IMF-fixdate (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
public enum HTTPDate {
    /// The 29 bytes for a time in seconds since 1970 (negative ones clamp to 1970).
    public static func bytes(unixSeconds: Int) -> [UInt8] {
        let seconds = max(0, unixSeconds)
        let days = seconds / 86_400
        let (year, month, day) = civil(days: days)
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        var output: [UInt8] = []
        output.reserveCapacity(29)
        output.append(text: weekdays[days % 7])
        output.append(text: ", ")
        output.append(twoDigits: day)
        output.append(0x20)
        output.append(text: months[month - 1])
        output.append(0x20)
        output.append(decimal: year)
        output.append(0x20)
        output.append(timeOfDay: seconds)
        output.append(text: " GMT")
        return output
    }

    /// The names of the months, beginning with January.
    public static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Converts days since 1970-01-01 to year, month (1 to 12) and day, in the proleptic Gregorian calendar.
    public static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}

extension [UInt8] {
    /// Appends a time in seconds since 1970 as `2026-01-31T23:59:59` (RFC 3339, without a zone). The time must not be negative.
    public mutating func append(dateAndTime unixSeconds: Int) {
        let seconds = Swift.max(0, unixSeconds)
        let (year, month, day) = HTTPDate.civil(days: seconds / 86_400)
        append(decimal: year)
        append(0x2D)
        append(twoDigits: month)
        append(0x2D)
        append(twoDigits: day)
        append(0x54)
        append(timeOfDay: seconds)
    }

    /// Appends the time of day of a time in seconds since 1970, which must not be negative, as `23:59:59`.
    public mutating func append(timeOfDay unixSeconds: Int) {
        append(twoDigits: unixSeconds / 3_600 % 24)
        append(0x3A)
        append(twoDigits: unixSeconds / 60 % 60)
        append(0x3A)
        append(twoDigits: unixSeconds % 60)
    }

    /// Appends a number from 0 to 99 as two digits.
    public mutating func append(twoDigits number: Int) {
        append(0x30 &+ UInt8(truncatingIfNeeded: number / 10 % 10))
        append(0x30 &+ UInt8(truncatingIfNeeded: number % 10))
    }
}
