import HTTPModel

/// Which query parameters have values that a log may not keep.
enum SecretWords {
    /// The last word of a parameter's name decides: `access_token`, `X-Amz-Signature`, `apiKey` and `user[password]` end in
    /// one of these, `monkey` does not.
    private static let words: [Word] = [
        "token", "password", "passwd", "pwd", "passphrase", "secret", "key", "apikey", "jwt", "auth", "authorization",
        "signature", "sig", "credential", "credentials", "session", "sessionid", "sid", "otp", "ticket",
        "accesstoken",
    ].map { text in text.utf8.reduce(into: Word()) { $0.append($1) } }

    /// Whether the value of a parameter of this name, as it stands in a query, is to be left out.
    static func isSecret(_ name: Span<UInt8>) -> Bool {
        // What follows the last separator, and what follows the last change from lower to upper case.
        var word = Word()
        var hump = Word()
        var wasLower = false
        var index = 0
        while index < name.count {
            var byte = name[index]
            index &+= 1
            if byte == 0x25, index &+ 1 < name.count, let high = Octet.hexValue(name[index]),
                let low = Octet.hexValue(name[index &+ 1])
            {
                byte = high << 4 | low
                index &+= 2
            }
            // A closing bracket: the word in it may be the last.
            if byte == 0x5D { continue }
            guard (byte | 0x20) &- 0x61 < 26 || Octet.isDigit(byte) else {
                (word, hump, wasLower) = (Word(), Word(), false)
                continue
            }
            let isUpper = byte &- 0x41 < 26
            if isUpper, wasLower { hump = Word() }
            wasLower = !isUpper
            word.append(byte)
            hump.append(byte)
        }
        return words.contains(word) || words.contains(hump)
    }

    /// A word of up to 16 bytes as a number, case ignored; longer ones are none of the list's.
    private struct Word: Equatable {
        private var bytes: UInt128 = 0
        private var count = 0

        mutating func append(_ byte: UInt8) {
            bytes = bytes << 8 | UInt128(Octet.lowercased(byte))
            count += 1
        }
    }
}

extension Span<UInt8> {
    /// Calls `body` with the parts of a URL or request target in order; the values of secret query parameters are replaced
    /// by `[redacted]`.
    func forEachRedactedPart(_ body: (Span<UInt8>) -> Void) {
        var plain = 0
        var index = 0
        while index < count, self[index] != 0x3F { index &+= 1 }
        while index < count {
            // At `?`, `&` or `;`: a parameter follows.
            index &+= 1
            let nameStart = index
            while index < count, self[index] != 0x3D, !endsParameter(index) { index &+= 1 }
            guard index < count, self[index] == 0x3D else { continue }
            let isSecret = SecretWords.isSecret(extracting(nameStart..<index))
            index &+= 1
            let valueStart = index
            while index < count, !endsParameter(index) { index &+= 1 }
            if isSecret, index > valueStart {
                body(extracting(plain..<valueStart))
                body("[redacted]".utf8.span)
                plain = index
            }
        }
        body(extracting(plain..<count))
    }

    private func endsParameter(_ index: Int) -> Bool {
        self[index] == 0x26 || self[index] == 0x3B
    }
}
