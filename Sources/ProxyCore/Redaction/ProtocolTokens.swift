import HTTPModel

/// Finds tokens in `Sec-WebSocket-Protocol`. A script of a page cannot set `Authorization` on a WebSocket, so it sends its token
/// as the name of a protocol. A token follows a member that announces it (`access_token, abc`), or such a word and a dot
/// (`base64url.bearer.authorization.k8s.io.abc`), or is recognized by its length and its digits.
enum ProtocolTokens {
    /// The least length of a token without dots. A protocol's name without dots is shorter, or has no digit.
    private static let shortestToken = 24

    /// Returns the byte ranges of the tokens, in order.
    static func tokens(in list: Span<UInt8>) -> [Range<Int>] {
        var (members, tokens, isAnnounced) = (ListMembers(), [Range<Int>](), false)
        while let member = members.next(in: list) {
            if isAnnounced {
                tokens.append(member)
                isAnnounced = false
            } else if let token = token(in: list, member) {
                tokens.append(token)
            } else {
                isAnnounced = SecretNames.isSecret(list.extracting(member))
            }
        }
        return tokens
    }

    private static func token(in list: Span<UInt8>, _ member: Range<Int>) -> Range<Int>? {
        var (start, index, hasDigit) = (member.lowerBound, member.lowerBound, false)
        while index < member.upperBound {
            if list[index] == 0x2E {
                if SecretNames.isSecret(list.extracting(start..<index)), index + 1 < member.upperBound {
                    return index + 1..<member.upperBound
                }
                start = index + 1
                hasDigit = false
            } else if Octet.isDigit(list[index]) {
                hasDigit = true
            }
            index += 1
        }
        return hasDigit && index - start >= shortestToken ? start..<index : nil
    }
}
