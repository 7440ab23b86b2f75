import HTTPModel

/// Finds secrets by their form, whatever they are part of: tokens, credentials, private keys.
enum SecretForms {
    /// The beginnings of well-known services' keys, and the least number of characters that follow. Where the beginning could
    /// also begin an ordinary word, a digit must be among them.
    private static let beginnings: [(text: String, least: Int, needsDigit: Bool)] = [
        ("ghp_", 8, false), ("gho_", 8, false), ("ghu_", 8, false), ("ghs_", 8, false), ("ghr_", 8, false),
        ("github_pat_", 8, false), ("glpat-", 8, false), ("gldt-", 16, true), ("glrt-", 16, true), ("glcbt-", 16, true),
        ("sk_live_", 8, false), ("sk_test_", 8, false), ("rk_live_", 8, false), ("rk_test_", 8, false), ("whsec_", 8, false),
        ("xoxa-", 8, false), ("xoxb-", 8, false), ("xoxe-", 8, false), ("xoxo-", 8, false), ("xoxp-", 8, false),
        ("xoxr-", 8, false), ("xoxs-", 8, false), ("xapp-", 8, true), ("AKIA", 12, false), ("ASIA", 12, true),
        ("AIza", 24, false),
        ("ya29.", 8, false), ("GOCSPX-", 8, false), ("sk-ant-", 8, false), ("sk-proj-", 8, true), ("sk-", 20, true),
        ("gsk_", 20, true), ("xai-", 20, true), ("hf_", 20, false), ("r8_", 20, true), ("SG.", 16, false), ("npm_", 20, false),
        ("pypi-AgE", 16, false), ("dop_v1_", 16, false), ("doo_v1_", 16, false), ("dckr_pat_", 8, false), ("rubygems_", 16, true),
        ("shpat_", 16, false), ("shpss_", 16, false), ("shpca_", 16, false), ("shppa_", 16, false), ("sq0csp-", 8, false),
        ("sq0atp-", 8, false), ("hvs.", 16, false), ("hvb.", 16, false), ("lin_api_", 16, false), ("ntn_", 20, true),
        ("PMAK-", 16, false), ("pul-", 32, true), ("key-", 32, true), ("AGE-SECRET-KEY-", 16, false), (".eJ", 24, false),
    ]

    /// A bit for each ASCII character that begins one of the forms below.
    private static let firsts: (low: UInt64, high: UInt64) = {
        var firsts: (low: UInt64, high: UInt64) = (0, 0)
        for byte in beginnings.compactMap(\.text.utf8.first) + Array("eBbNnDdTtAa-".utf8) {
            if byte < 64 { firsts.low |= 1 << UInt64(byte) } else { firsts.high |= 1 << UInt64(byte & 63) }
        }
        return firsts
    }()

    /// What was found out about parts of a text in which no secret began, so that none is looked at again for each word in it:
    /// a client chooses the text, and a long one has many words.
    struct Runs {
        /// The last run of a token's characters that has no dot.
        fileprivate var undotted = 0..<0
        /// The last run of a key's characters, and of credentials'.
        fileprivate var key = 0..<0
        fileprivate var credentials = 0..<0
        /// The last run without a digit.
        fileprivate var digitless = 0..<0

        fileprivate mutating func hasDigit(_ run: Range<Int>, in text: Span<UInt8>) -> Bool {
            if digitless.lowerBound <= run.lowerBound, run.upperBound <= digitless.upperBound { return false }
            if text.extracting(run).hasDigit { return true }
            digitless = run
            return false
        }
    }

    /// Returns the bytes to hide of the secret that begins at a place where a word may begin; nil when none does.
    static func secret(in text: Span<UInt8>, at start: Int, _ runs: inout Runs) -> Range<Int>? {
        let first = text[start]
        guard first < 0x80, (first < 64 ? firsts.low : firsts.high) >> UInt64(first & 63) & 1 == 1 else { return nil }
        return webToken(text, start, &runs) ?? credentials(text, start, &runs) ?? armored(text, start) ?? key(text, start, &runs)
    }

    // MARK: Kinds

    /// Finds a JWT or similar token: base64url of `{"`, `{ ` or a line end after the brace, then parts between dots.
    private static func webToken(_ text: Span<UInt8>, _ start: Int, _ runs: inout Runs) -> Range<Int>? {
        guard text.starts("ey", at: start) || text.starts("ew", at: start), !runs.undotted.contains(start) else { return nil }
        var (index, dots, first) = (start, 0, 0)
        while index < text.count {
            let character = text.logical(at: index)
            if character.byte == 0x2E { dots += 1 } else if !isWebToken(character.byte) { break }
            if dots > 0, first < 8 { return nil }
            if dots == 0 { first += 1 }
            index = character.end
        }
        if dots == 0 { runs.undotted = start..<index }
        return dots >= 1 && index - start >= 20 ? start..<index : nil
    }

    /// Finds the credentials after the scheme in `Bearer x`, `Basic eDp5` and so on.
    private static func credentials(_ text: Span<UInt8>, _ start: Int, _ runs: inout Runs) -> Range<Int>? {
        for (scheme, kind) in schemes where text.starts(scheme, at: start, ignoringCase: true) {
            var begin = start + scheme.utf8.count
            let blanks = begin
            while begin < text.count {
                let character = text.logical(at: begin)
                guard Octet.isBlank(character.byte) || character.byte == 0x2B else { break }
                begin = character.end
            }
            guard begin > blanks else { return nil }
            if !runs.credentials.contains(begin) {
                var end = begin
                while end < text.count {
                    let character = text.logical(at: end)
                    guard isCredential(character.byte) else { break }
                    end = character.end
                }
                runs.credentials = begin..<end
            }
            let found = begin..<runs.credentials.upperBound
            return !found.isEmpty && isSecret(found, in: text, kind, &runs) ? found : nil
        }
        return nil
    }

    private enum SchemeKind { case bearer, basic, long }

    private static let schemes: [(String, SchemeKind)] = [
        ("bearer", .bearer), ("basic", .basic), ("dpop", .long), ("negotiate", .long), ("ntlm", .long), ("token", .long),
        ("apikey", .long),
    ]

    /// Whether the credentials are secret. Challenges (`Bearer realm="x"`) and prose name the schemes, too.
    private static func isSecret(_ found: Range<Int>, in text: Span<UInt8>, _ kind: SchemeKind, _ runs: inout Runs) -> Bool {
        let credentials = text.extracting(found)
        switch kind {
        case .bearer:
            let challenges = ["realm=", "error=", "error_description=", "scope=", "charset=", "resource_metadata="]
            if challenges.contains(where: { credentials.starts($0, at: 0, ignoringCase: true) }) { return false }
            let prose = ["token", "tokens", "auth", "authentication", "authorization", "scheme", "is", "or", "and"]
            return !prose.contains { credentials.equalsIgnoringCase($0.utf8.span) }
        case .basic: return decodesToPair(credentials.extracting(first: nameLimit))
        case .long: return found.count >= 16 && runs.hasDigit(found, in: text)
        }
    }

    /// How far the colon is looked for that ends the name in `Basic`.
    private static let nameLimit = 512

    /// Whether the text is base64 of `name:password`.
    private static func decodesToPair(_ text: Span<UInt8>) -> Bool {
        var (word, bits, hasColon) = (UInt32(0), 0, false)
        var index = 0
        while index < text.count {
            let character = text.logical(at: index)
            index = character.end
            let digit: UInt8
            switch character.byte {
            case 0x41...0x5A: digit = character.byte &- 0x41
            case 0x61...0x7A: digit = character.byte &- 0x61 &+ 26
            case 0x30...0x39: digit = character.byte &- 0x30 &+ 52
            case 0x2B, 0x2D: digit = 62
            case 0x2F, 0x5F: digit = 63
            case 0x3D: continue
            default: return false
            }
            word = (word << 6 | UInt32(digit)) & 0xFFFF
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            if word >> UInt32(bits) & 0xFF == 0x3A { hasColon = true }
        }
        return hasColon
    }

    /// Finds PEM: the part between the lines `-----BEGIN …-----` and `-----END …-----`, or everything after the first line.
    private static func armored(_ text: Span<UInt8>, _ start: Int) -> Range<Int>? {
        let opening = "-----BEGIN"
        guard text.starts(opening, at: start) else { return nil }
        var begin = start + opening.utf8.count
        var label = begin
        while label < min(text.count, begin + 64), !text.starts("-----", at: label) { label += 1 }
        if text.starts("-----", at: label) { begin = label + 5 }
        // A message quotes the line itself, with nothing behind it.
        if begin < text.count, text[begin] == 0x60 { return nil }
        var end = begin
        while end < text.count, !text.starts("-----END", at: end) { end += 1 }
        return begin < end ? begin..<end : nil
    }

    private static func key(_ text: Span<UInt8>, _ start: Int, _ runs: inout Runs) -> Range<Int>? {
        for beginning in beginnings where text.starts(beginning.text, at: start) {
            let begin = start + beginning.text.utf8.count
            if !runs.key.contains(begin) {
                var end = begin
                while end < text.count, isWebToken(text[end]) || text[end] == 0x2E { end += 1 }
                runs.key = begin..<end
            }
            let found = begin..<runs.key.upperBound
            guard found.count >= beginning.least else { continue }
            if !beginning.needsDigit || runs.hasDigit(found, in: text) { return found }
        }
        return nil
    }

    // MARK: Characters

    /// Whether the byte may be in a token: base64url, its padding, and the character that joins the parts of a selectively
    /// disclosed token.
    private static func isWebToken(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || Octet.isDigit(byte) || byte == 0x2D || byte == 0x5F || byte == 0x7E || byte == 0x3D
    }

    /// Whether the byte does not end credentials: it is no blank, quote, comma, semicolon, ampersand, hash or bracket.
    private static func isCredential(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x22, 0x23, 0x26, 0x27, 0x29, 0x2C, 0x3B, 0x3C, 0x3E, 0x5D, 0x7D, 0x7F: false
        default: true
        }
    }
}

extension Span<UInt8> {
    func starts(_ text: String, at index: Int, ignoringCase: Bool = false) -> Bool {
        let other = text.utf8.span
        guard index &+ other.count <= count else { return false }
        let own = extracting(index..<index &+ other.count)
        return ignoringCase ? own.equalsIgnoringCase(other) : own.equals(other)
    }

    fileprivate var hasDigit: Bool {
        for index in indices where Octet.isDigit(self[index]) { return true }
        return false
    }
}
