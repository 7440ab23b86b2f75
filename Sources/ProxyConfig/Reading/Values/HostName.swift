import HTTPModel

/// Names of hosts as they are written in a configuration.
enum HostName {
    /// Whether it is a name that resolvers and certificates know: labels of letters, digits, `-` and `_` with dots between them,
    /// and perhaps one behind the last (RFC 1035 §2.3). A name that began with a dot would be taken by OpenSSL for all below it.
    static func isValid(_ text: String) -> Bool {
        let name = text.hasSuffix(".") ? text.dropLast() : text[...]
        guard name.utf8.count <= 253 else { return false }
        return name.utf8.split(separator: 0x2E, omittingEmptySubsequences: false).allSatisfy { label in
            1...63 ~= label.count
                && label.allSatisfy { byte in
                    (0x61...0x7A).contains(byte | 0x20) || Octet.isDigit(byte) || byte == 0x2D || byte == 0x5F
                }
        }
    }
}
