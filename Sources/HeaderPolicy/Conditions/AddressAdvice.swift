import HTTPModel

/// Knows the spellings of addresses that other programs take.
public enum AddressAdvice {
    /// Returns the address, or block of addresses, that is meant by a text that is none; nil when that is not known.
    public static func meant(by text: String) -> String? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        // An interface behind `%` says nothing about who the client is.
        let address = plain(String(parts[0].prefix { $0 != "%" }))
        guard let known = IPAddress(address.utf8.span) else { return nil }
        guard parts.count == 2 else { return address }
        guard let prefix = Int(parts[1]) else { return nil }
        let isMapped = known.isV4 && address.contains(":")
        let block =
            if isMapped, prefix >= 96, let colon = address.lastIndex(of: ":") {
                "\(address[address.index(after: colon)...])/\(prefix - 96)"
            } else {
                "\(address)/\(prefix)"
            }
        return CIDR(block.utf8.span) == nil ? nil : block
    }

    /// Returns an IPv4 address without the zeros in front of its numbers, which some readers take for octal ones.
    private static func plain(_ address: String) -> String {
        let numbers = address.split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 4, numbers.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Octet.isDigit) }) else { return address }
        return numbers.map { number in
            let digits = number.drop { $0 == "0" }
            return digits.isEmpty ? "0" : String(digits)
        }.joined(separator: ".")
    }
}
