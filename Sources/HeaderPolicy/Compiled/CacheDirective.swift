import HTTPModel

/// Decides which directives of a `Cache-Control` contradict each other (RFC 9111 §5.2).
enum CacheDirective {
    /// Whether one of the new directives contradicts this one, as `max-age=60` and `max-age=0` or `public` and `private` do. An
    /// identical directive replaces nothing, and what is said of single fields (`private="X-A"`) contradicts nothing.
    static func isReplaced(_ directive: Span<UInt8>, by directives: Span<UInt8>) -> Bool {
        var walk = ListMembers()
        while let range = walk.next(in: directives) {
            let other = directives.extracting(range)
            if directive.equalsIgnoringCase(other) { return false }
            if isVisibility(directive) && isVisibility(other) { return true }
            let own = name(directive)
            if own.equalsIgnoringCase(name(other)), !own.equalsIgnoringCase("private".utf8.span) { return true }
        }
        return false
    }

    private static func isVisibility(_ directive: Span<UInt8>) -> Bool {
        directive.equalsIgnoringCase("public".utf8.span) || directive.equalsIgnoringCase("private".utf8.span)
    }

    /// The part of a directive before its argument, `max-age` of `max-age=60`.
    @_lifetime(copy directive)
    static func name(_ directive: Span<UInt8>) -> Span<UInt8> {
        var end = 0
        while end < directive.count, directive[end] != 0x3D { end &+= 1 }
        return directive.extracting(directive.trimmingBlanks(0..<end))
    }
}
