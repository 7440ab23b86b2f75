import HTTPModel

/// Finds the secrets in a text, from first to last: values of parameters and of members of JSON with a secret name, the part before
/// the `@` of a URL, and secrets that are known by their form (`SecretForms`). It finds them also when they are percent-encoded or in a URL inside
/// a URL. Nothing is allocated.
struct SecretScan {
    enum Form {
        /// The whole text is one URL or request target: parameters begin after `?`, `#`, `&` and `;`.
        case url
        /// Parameters and URLs are mixed with other text.
        case text
        /// The text has no parameters, even if parts of it look like them.
        case words
    }

    private let form: Form
    private var index = 0
    /// The start of what may be the name of a parameter.
    private var name: Name?
    /// Whether a word may begin here.
    private var isAtWord = true
    /// The last two characters.
    private var before: (UInt8, UInt8) = (0, 0)
    private var runs = SecretForms.Runs()
    /// The place after the last double quote, and the text between the last two, which may be the name of a member of JSON.
    private var quote: Int?
    private var quoted: Range<Int>?
    /// Whether the first `?` or `#` has been passed.
    private var isInQuery = false

    private struct Name {
        var start: Int
        /// How many times the character before it is percent-encoded.
        var depth: Int
        /// Whether it follows something else than a separator of parameters, so that a slash shows that it is not a name.
        var isGuess: Bool
    }

    init(_ form: Form) {
        self.form = form
        if form == .text { name = Name(start: 0, depth: 0, isGuess: true) }
    }

    /// Returns the bytes of the next secret; nil when there is none.
    mutating func next(in text: Span<UInt8>) -> Range<Int>? {
        while index < text.count {
            // Nothing can begin within a word, and most of a text is words.
            if !isAtWord, Self.isWord(text[index]) {
                repeat { index &+= 1 } while index < text.count && Self.isWord(text[index])
                before = (0x61, 0x61)
                continue
            }
            if isAtWord, let secret = SecretForms.secret(in: text, at: index, &runs) { return skip(secret) }
            let start = index
            let character = text.logical(at: index)
            index = character.end
            if let secret = take(character.byte, character.depth, start, text) { return skip(secret) }
            isAtWord = !Self.isWord(character.byte)
            // Blanks may stand between the name of a member of JSON and its colon.
            if before.1 != 0x22 || !Self.isBlank(character.byte) { before = (before.1, character.byte) }
        }
        return nil
    }

    private static func isWord(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 || Octet.isDigit(byte) || byte == 0x5F }

    private mutating func skip(_ secret: Range<Int>) -> Range<Int> {
        (index, name, isAtWord, before) = (secret.upperBound, nil, false, (0, 0))
        (quote, quoted) = (nil, nil)
        return secret
    }

    private mutating func take(_ byte: UInt8, _ depth: Int, _ start: Int, _ text: Span<UInt8>) -> Range<Int>? {
        if byte == 0x22 {
            quoted = quote.map { $0..<start }
            quote = index
        }
        switch byte {
        // The character :
        case 0x3A:
            guard form != .words, before.1 == 0x22, let quoted, SecretNames.isSecret(text.extracting(quoted)) else { return nil }
            return member(in: text)
        // The characters ? & # ;
        case 0x3F, 0x26, 0x23, 0x3B:
            name = Name(start: index, depth: depth, isGuess: false)
            if byte == 0x3F || byte == 0x23 { isInQuery = true }
        // The character =
        case 0x3D:
            guard let name, form != .words else { return nil }
            self.name = Name(start: index, depth: depth, isGuess: true)
            guard SecretNames.isSecret(text.extracting(name.start..<start)) else { return nil }
            return value(in: text, depth: max(depth, name.depth))
        // /
        case 0x2F:
            if name?.isGuess ?? false { name = nil }
            if before.1 == 0x2F, before.0 == 0x3A || before.0 == 0x3D || before.0 == 0 { return user(in: text, depth: depth) }
        // Blanks, quotes, brackets, commas.
        case 0x20, 0x09, 0x22, 0x27, 0x28, 0x2C, 0x3C, 0x5B, 0x7B:
            guard form == .text, depth == 0, byte != 0x5B || name == nil else { break }
            name = Name(start: index, depth: 0, isGuess: true)
        default: break
        }
        return nil
    }

    // MARK: Where it ends

    /// Returns the value that begins here.
    private func value(in text: Span<UInt8>, depth: Int) -> Range<Int>? {
        var end = index
        if form == .text, end < text.count, text[end] == 0x22 {
            end += 1
            while end < text.count, text[end] != 0x22 { end += 1 }
            return end > index + 1 ? index + 1..<end : nil
        }
        // This is a list in brackets, as in Permissions-Policy.
        if form == .text, end < text.count, text[end] == 0x28 { return nil }
        var isSomething = false
        while end < text.count {
            let character = text.logical(at: end)
            if character.depth <= depth, endsValue(character.byte, character.end, text) { break }
            if character.byte != 0x3D { isSomething = true }
            end = character.end
        }
        return isSomething ? index..<end : nil
    }

    /// Returns the value of a member of JSON that begins here, without its quotes.
    private func member(in text: Span<UInt8>) -> Range<Int>? {
        var (start, isEscaped) = (index, false)
        while start < text.count {
            let character = text.logical(at: start)
            guard Self.isBlank(character.byte) || character.byte == 0x5C else { break }
            isEscaped = character.byte == 0x5C
            start = character.end
        }
        guard start < text.count else { return nil }
        let first = text.logical(at: start)
        let isText = first.byte == 0x22
        if isText { start = first.end }
        var end = start
        /// The backslash before `end`.
        var escape: Int?
        while end < text.count {
            let character = text.logical(at: end)
            if isText, character.byte == 0x22, isEscaped || escape == nil {
                end = escape ?? end
                break
            }
            if !isText, Self.endsMember(character.byte) { break }
            escape = character.byte == 0x5C ? end : nil
            end = character.end
        }
        return end > start ? start..<end : nil
    }

    /// Whether the byte is white space of JSON (RFC 8259 §2), or the `+` that a form writes for a blank.
    private static func isBlank(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x2B, 0x09, 0x0A, 0x0D: true
        default: false
        }
    }

    /// Whether the byte ends a number or a word of JSON, or begins what is no single value.
    private static func endsMember(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x26, 0x2C, 0x5B, 0x5D, 0x7B, 0x7D: true
        default: false
        }
    }

    private func endsValue(_ byte: UInt8, _ next: Int, _ text: Span<UInt8>) -> Bool {
        switch byte {
        case 0x26, 0x23: true
        // This ends the value of a parameter in the path, as in `;jsessionid=…`.
        case 0x2F, 0x3F: !isInQuery && form == .url
        // A semicolon separates parameters for some software, but not for most.
        case 0x3B: beginsParameter(text, next)
        case 0x20, 0x09, 0x22, 0x3C, 0x3E: form == .text
        default: false
        }
    }

    /// Whether `name=value` begins here.
    private func beginsParameter(_ text: Span<UInt8>, _ start: Int) -> Bool {
        var place = start
        while place < text.count {
            switch text[place] {
            case 0x26, 0x23, 0x3B: return false
            case 0x3D: return place > start && place + 1 < text.count && !Self.separates(text[place + 1])
            default: place += 1
            }
        }
        return false
    }

    private static func separates(_ byte: UInt8) -> Bool { byte == 0x26 || byte == 0x23 || byte == 0x3B || byte == 0x3D }

    /// Returns the name and password of the authority after `//`, without the `@`.
    private func user(in text: Span<UInt8>, depth: Int) -> Range<Int>? {
        var (place, at) = (index, index)
        while place < text.count {
            let character = text.logical(at: place)
            if character.depth <= depth, Self.endsAuthority(character.byte) { break }
            if character.depth <= depth, character.byte == 0x40 { at = place }
            place = character.end
        }
        return at > index ? index..<at : nil
    }

    private static func endsAuthority(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x00...0x20, 0x22, 0x23, 0x2F, 0x3C, 0x3E, 0x3F, 0x5C: true
        default: false
        }
    }
}

extension Span<UInt8> {
    /// Calls `body` with the parts of a text in order; each secret is replaced by `[redacted]`.
    func forEachRedactedPart(_ form: SecretScan.Form = .url, _ body: (Span<UInt8>) -> Void) {
        var plain = 0
        var scan = SecretScan(form)
        while let secret = scan.next(in: self) {
            body(extracting(plain..<secret.lowerBound))
            body(Redaction.mark.utf8.span)
            plain = secret.upperBound
        }
        body(extracting(plain..<count))
    }
}
