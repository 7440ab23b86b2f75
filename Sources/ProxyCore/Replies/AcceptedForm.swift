import HTTPModel

/// The forms of the proxy's own messages, and the choice between them by `Accept` (RFC 9110 §12.5.1).
enum AcceptedForm: CaseIterable {
    case text, problem, html

    var contentType: String {
        switch self {
        case .text: "text/plain; charset=utf-8"
        case .problem: "application/problem+json"
        case .html: "text/html; charset=utf-8"
        }
    }

    private static let accept = FieldNames.standard.id(of: "Accept".utf8.span)

    /// The fit of a media range to a form.
    private struct Fit {
        /// The quality, 0 to 1000.
        var quality = 0
        /// The precision: 1 for `*/*`, 2 for `type/*`, 3 for the type itself; 0 when no range fits.
        var precision = 0
        /// The number of the range in the field, counted from 0.
        var place = 0

        /// Takes over a range that is more precise than the one before.
        mutating func consider(quality: Int, precision: Int, place: Int) {
            guard precision > self.precision else { return }
            self = Fit(quality: quality, precision: precision, place: place)
        }

        func isBetter(than other: Fit) -> Bool {
            if quality != other.quality { return quality > other.quality }
            if precision != other.precision { return precision > other.precision }
            return precision == 3 && place < other.place
        }
    }

    /// Returns the form with the highest quality; among equals, the one that is named most precisely, then the one that is named
    /// first, then text. Text when nothing fits, because an error in an unwanted form says more than none.
    static func preferred(by fields: borrowing Fields) -> AcceptedForm {
        var fits: (text: Fit, problem: Fit, html: Fit) = (Fit(), Fit(), Fit())
        var place = 0
        for line in fields.indices where fields.id(at: line) == accept {
            let value = fields.value(at: line)
            var members = ListMembers()
            while let member = members.next(in: value) {
                let range = value.extracting(member)
                let type = range.extracting(0..<mediaTypeEnd(range))
                let quality = quality(of: range)
                fits.text.consider(quality: quality, precision: precision(of: type, "text/*", "text/plain"), place: place)
                fits.html.consider(
                    quality: quality,
                    precision: max(precision(of: type, "text/*", "text/html"), precision(of: type, nil, "application/xhtml+xml")),
                    place: place)
                fits.problem.consider(
                    quality: quality,
                    precision: max(
                        precision(of: type, "application/*", "application/json"),
                        precision(of: type, nil, "application/problem+json")),
                    place: place)
                place += 1
            }
        }
        var best = AcceptedForm.text
        var fit = fits.text
        if fits.problem.isBetter(than: fit) { (best, fit) = (.problem, fits.problem) }
        if fits.html.isBetter(than: fit) { (best, fit) = (.html, fits.html) }
        return fit.quality == 0 ? .text : best
    }

    private static func precision(of type: Span<UInt8>, _ family: String?, _ whole: String) -> Int {
        if type.equalsIgnoringCase(whole.utf8.span) { return 3 }
        if let family, type.equalsIgnoringCase(family.utf8.span) { return 2 }
        return type.equals("*/*") ? 1 : 0
    }

    private static func mediaTypeEnd(_ range: Span<UInt8>) -> Int {
        var end = 0
        while end < range.count, range[end] != 0x3B { end += 1 }
        return range.trimmingBlanks(0..<end).upperBound
    }

    /// Returns the `q` parameter in thousandths; 1000 when there is none, 0 when it is malformed.
    private static func quality(of range: Span<UInt8>) -> Int {
        var parameters = ListMembers(separator: 0x3B)
        _ = parameters.next(in: range)
        while let parameter = parameters.next(in: range) {
            guard parameter.count >= 2, range[parameter.lowerBound] | 0x20 == 0x71, range[parameter.lowerBound + 1] == 0x3D
            else { continue }
            return thousandths(range.extracting(parameter.lowerBound + 2..<parameter.upperBound))
        }
        return 1000
    }

    /// Returns the thousandths of `0`, `1`, `0.5`, `0.123` or `1.000`.
    private static func thousandths(_ text: Span<UInt8>) -> Int {
        guard !text.isEmpty, text.count <= 5, text[0] == 0x30 || text[0] == 0x31 else { return 0 }
        var result = text[0] == 0x31 ? 1000 : 0
        guard text.count == 1 || text[1] == 0x2E else { return 0 }
        var unit = 100
        for index in 2..<max(2, text.count) {
            guard Octet.isDigit(text[index]) else { return 0 }
            result += Int(text[index] - 0x30) * unit
            unit /= 10
        }
        return min(result, 1000)
    }
}
