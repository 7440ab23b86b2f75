/// Derives places in the text from the parser's marks.
extension Reading {
    /// Returns the place of a value or key with its width, which is also kept for errors that are found later.
    func extent(_ event: YAMLEvent) -> Place {
        var place = source.clamp(event.start)
        switch event.kind {
        // The text is on other lines.
        case .scalar(_, .block): break
        case .scalar, .alias:
            let end = event.end.line == place.line ? event.end.column : source.line(place.line).count + 1
            place.width = max(1, end - place.column)
            widths[location(place)] = place.width
        default: break
        }
        return place
    }

    /// Returns the column in which the text of a scalar begins, after its anchor, tag and quote; nil when the line does not
    /// contain it literally.
    func column(of text: String, _ style: YAMLEvent.Style, _ event: YAMLEvent) -> Int? {
        guard style != .block, event.start.line == event.end.line else { return nil }
        let scalars = text.unicodeScalars
        let column = event.end.column - (style == .quoted ? 1 : 0) - scalars.count
        guard column >= event.start.column else { return nil }
        return source.line(event.start.line).dropFirst(column - 1).starts(with: scalars) ? column : nil
    }

    /// Checks the tag. Types are decided by the keys, not by tags.
    func hasPlainTag(_ event: YAMLEvent) -> Bool {
        guard let tag = event.tag else { return true }
        let core = "tag:yaml.org,2002:"
        let isPlain = tag.isEmpty || tag == "!" || ["str", "seq", "map", "int", "float", "bool"].contains { core + $0 == tag }
        guard !isPlain else { return true }
        error(
            "the tag `\(tag.abbreviated)` has no meaning here", at: source.clamp(event.start),
            help: "leave it out, or \(source.meantValue(at: source.clamp(event.start))?.help ?? "quote the value")")
        return false
    }
}
