/// How browsers read a reference before they send it (WHATWG URL, §4.4): what they leave out, resolve and encode.
extension WebURL {
    /// Returns a URL or reference without what browsers ignore: blanks and controls around it, tabs and line breaks within it,
    /// and the fragment. A backslash counts as a slash, up to the query. What is not ASCII is percent-encoded.
    static func cleaned(_ reference: String) -> String {
        let scalars = reference.unicodeScalars.filter { $0 != "\t" && $0 != "\n" && $0 != "\r" }
        var (text, isInQuery) = ("", false)
        for scalar in scalars.drop(while: { $0.value <= 0x20 }) {
            if scalar == "#" { break }
            isInQuery = isInQuery || scalar == "?"
            guard scalar.isASCII else {
                text += String(scalar).percentEncoded { _ in true }
                continue
            }
            text.unicodeScalars.append(scalar == "\\" && !isInQuery ? "/" : scalar)
        }
        while let last = text.unicodeScalars.last, last.value <= 0x20 { text.unicodeScalars.removeLast() }
        return text
    }

    /// Returns the path and query as browsers send them: without dot segments, and with percent-encoding of what has no place in a
    /// request line. What is encoded already stays as it is.
    static func sent(_ target: String) -> String {
        let path = target.prefix { $0 != "?" }
        return encoded(resolved(path), target[path.endIndex...])
    }

    /// Returns a path and query as browsers send them, apart from dot segments, which stay: without a fragment, and with
    /// percent-encoding of what has no place in a request line.
    public static func encoded(_ target: String) -> String {
        let target = cleaned(target)
        let path = target.prefix { $0 != "?" }
        return encoded(String(path), target[path.endIndex...])
    }

    private static func encoded(_ path: String, _ query: Substring) -> String {
        encoded(path, besides: "\"<>^`{}") + encoded(String(query), besides: "\"<>'")
    }

    private static func resolved(_ path: Substring) -> String {
        var segments: [Substring] = []
        let all = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (index, segment) in all.enumerated() {
            let isLast = index == all.count - 1
            switch segment.lowercased().replacing("%2e", by: ".") {
            case ".": if isLast { segments.append("") }
            case "..":
                if !segments.isEmpty { segments.removeLast() }
                if isLast { segments.append("") }
            default: segments.append(segment)
            }
        }
        return "/" + segments.joined(separator: "/")
    }

    private static func encoded(_ text: String, besides special: String) -> String {
        text.percentEncoded { !Octet.isTarget($0) || special.utf8.contains($0) }
    }
}
