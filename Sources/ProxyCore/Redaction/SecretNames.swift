import HTTPModel

/// Recognizes names of secrets: of query parameters, of fields, and of text that looks like either.
enum SecretNames {
    /// The words of which the last word of a secret name must be one: `access_token`, `X-Amz-Signature`, `apiKey`,
    /// `user[password]` and `token[0]` end in one, `monkey` does not. The last two words also count as one: `session_id`.
    private static let words: [Word] = [
        "token", "accesstoken", "refreshtoken", "idtoken", "idtokenhint", "authtoken", "apitoken", "sessiontoken",
        "csrfmiddlewaretoken", "csrf", "xsrf", "csrftoken", "xsrftoken", "tkn", "jwt", "jws", "jwe", "bearer", "dpop",
        "assertion",
        "samlresponse", "samlrequest", "samlart", "wresult",
        "password", "passwd", "passphrase", "passcode", "userpass", "pass", "pwd", "pw", "pin",
        "secret", "clientsecret", "appsecret", "apisecret", "credential", "credentials",
        "key", "apikey", "appkey", "authkey", "accesskey", "secretkey", "privatekey", "sessionkey", "accesskeyid",
        "awsaccesskeyid",
        "auth", "authorization", "authorisation", "authentication", "passkey", "crumb", "cookie", "magiclink", "loginlink",
        "verifier", "signature", "sig", "hmac", "hmacsha", "ticket",
        "accesstokens", "refreshtokens", "apitokens", "apikeys", "secretkeys", "secrets", "passwords", "dsn",
        "session", "sess", "sessionid", "sessid", "phpsessid", "jsessionid", "sid",
        "otp", "totp", "mfa", "cvv", "cvc", "ssn", "creditcard", "cardnumber",
        "authcode", "authorizationcode", "oauthcode", "devicecode", "usercode", "accesscode", "logincode", "verificationcode",
        "confirmationcode", "recoverycode", "backupcode", "resetcode", "securitycode", "otpcode", "mfacode", "smscode",
    ].map(Word.init)

    /// The words that make a name secret wherever they are in it: `password_confirmation`, `secretValue`.
    private static let anywhere: [Word] = ["password", "passwd", "passphrase", "secret"].map(Word.init)

    /// The words that are secret only as the whole name: `code` is OAuth's, while `country_code` is not secret, and `max_tokens` is a
    /// number.
    private static let wholes: [Word] = ["code", "tokens", "keys"].map(Word.init)

    /// The secret fields whose names do not show it.
    private static let fields: [String] = ["x-amzn-oidc-data", "x-ms-client-principal"]

    /// The fields whose last word is in the list, but whose values are not secret.
    private static let plainFields: [String] = [
        "sec-websocket-key", "idempotency-key", "x-idempotency-key", "surrogate-key", "cache-key", "x-cache-key",
    ]

    /// Whether the value of a field of this name is secret.
    static func isSecretField(_ name: Span<UInt8>) -> Bool {
        func isAmong(_ names: [String]) -> Bool { names.contains { name.equalsIgnoringCase($0.utf8.span) } }
        func starts(_ prefix: String) -> Bool {
            let count = prefix.utf8.count
            return name.count > count && name.extracting(first: count).equalsIgnoringCase(prefix.utf8.span)
        }
        // Access-Control-Allow-Credentials has no secret in its value.
        guard !starts("access-control-"), !isAmong(plainFields) else { return false }
        return starts("x-auth-") || isAmong(fields) || isSecret(name)
    }

    /// Whether the value of a parameter of this name, percent-encoded or not, is secret.
    static func isSecret(_ name: Span<UInt8>) -> Bool {
        var reading = Reading()
        var index = 0
        while index < name.count {
            let character = name.logical(at: index)
            reading.take(character.byte)
            index = character.end
        }
        return reading.isGiven || wholes.contains(reading.whole) || words.contains(reading.last) || words.contains(reading.hump)
            || words.contains(reading.pair) || words.contains(reading.whole)
    }

    /// A word as a number: a hash of its letters and digits, case ignored. It works for any length and allocates
    /// nothing.
    private struct Word: Equatable {
        private var hash = FNV.start

        init() {}

        init(_ text: String) {
            for byte in text.utf8 { append(byte) }
        }

        mutating func append(_ byte: UInt8) { hash = FNV.step(hash, Octet.lowercased(byte)) }
    }

    /// The state of reading a name.
    private struct Reading {
        var last = Word()
        /// The word since the last change from lower to upper case.
        var hump = Word()
        var pair = Word()
        var whole = Word()
        /// Whether a word before the last is one that is secret anywhere.
        private(set) var isGiven = false
        private var wasLower = false
        /// Whether a separator was read. It ends a word only when the next letter comes: `token[]` still ends in `token`.
        private var isAtBreak = false
        /// The last eight digits, which count only when a letter follows: `password2` ends in `password`.
        private var digits: UInt64 = 0

        mutating func take(_ byte: UInt8) {
            switch byte {
            case 0x30...0x39: digits = digits << 8 | UInt64(byte)
            // The characters - . [ ] _, the blanks that some software ignores around a name, and what escapes the quotes of JSON.
            case 0x2D, 0x2E, 0x5B, 0x5D, 0x5F, 0x20, 0x2B, 0x5C: isAtBreak = true
            case _ where (byte | 0x20) &- 0x61 < 26: take(letter: byte)
            default:
                (last, hump, pair, wasLower, isAtBreak, digits) = (Word(), Word(), Word(), false, false, 0)
                whole.append(0)
            }
        }

        private mutating func take(letter: UInt8) {
            if isAtBreak {
                endWord()
                (pair, last, hump, wasLower, isAtBreak, digits) = (last, Word(), Word(), false, false, 0)
            }
            while digits != 0 {
                append(UInt8(truncatingIfNeeded: digits >> 56))
                digits <<= 8
            }
            let isUpper = letter &- 0x41 < 26
            if isUpper, wasLower {
                endWord()
                hump = Word()
            }
            wasLower = !isUpper
            append(letter)
        }

        private mutating func endWord() { isGiven = isGiven || anywhere.contains(hump) || anywhere.contains(last) }

        private mutating func append(_ byte: UInt8) {
            guard byte != 0 else { return }
            if Octet.isDigit(byte) { wasLower = true }
            last.append(byte)
            hump.append(byte)
            pair.append(byte)
            whole.append(byte)
        }
    }
}

extension Span<UInt8> {
    /// Returns the character at a place, percent-decoded as often as it was encoded; `depth` is the number of times.
    func logical(at index: Int) -> (byte: UInt8, depth: Int, end: Int) {
        let first = self[index]
        guard first == 0x25 else { return (first, 0, index &+ 1) }
        var place = index &+ 1
        guard var byte = hexadecimal(at: place) else { return (first, 0, index &+ 1) }
        var depth = 1
        while byte == 0x25, let inner = hexadecimal(at: place &+ 2) {
            (byte, place, depth) = (inner, place &+ 2, depth &+ 1)
        }
        return (byte, depth, place &+ 2)
    }

    private func hexadecimal(at index: Int) -> UInt8? {
        guard index &+ 1 < count, let high = Octet.hexValue(self[index]), let low = Octet.hexValue(self[index &+ 1]) else {
            return nil
        }
        return high << 4 | low
    }
}
