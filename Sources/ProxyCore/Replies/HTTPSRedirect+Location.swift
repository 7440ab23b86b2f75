public import HTTPModel

extension HTTPSRedirect {
    /// Whether a request has to be answered over plain HTTP: authorities that check the owner of a site before they sign its
    /// certificate request such a path (RFC 8555 §8.3).
    public static func isChallenge(_ request: borrowing RequestHead) -> Bool {
        let start = "/.well-known/acme-challenge/".utf8.span
        guard request.path.count > start.count else { return false }
        return request.path.extracting(0..<start.count).equals(start)
    }

    /// Appends the URL of the same place by https. Returns false when the request names no host.
    public func appendLocation(of request: borrowing RequestHead, to text: inout [UInt8]) -> Bool {
        guard !request.hostname.isEmpty else { return false }
        text.append(text: "https://")
        text.append(copying: request.hostname)
        if port != 443 {
            text.append(0x3A)
            text.append(decimal: port)
        }
        // The target of `OPTIONS *` is the whole site.
        if request.target.isEmpty || request.target[0] != 0x2F { text.append(0x2F) } else { text.append(copying: request.target) }
        return true
    }
}
