public import HTTPModel

/// The protocols that a client offers to switch to, and the one that an app chooses (RFC 9110 §7.8).
public enum UpgradeOffer {
    /// Returns the protocols of a request's `Upgrade` that an app may be offered, as one list; empty when there are none. `h2c`
    /// is left out, because HTTP/2 inside a tunnel would bypass the stage. Members that are not protocols are left out, too, and
    /// those beyond `limit` bytes.
    public static func list(_ fields: borrowing Fields) -> [UInt8] {
        var offer: [UInt8] = []
        var line = fields.firstIndex(of: .upgrade)
        while let index = line {
            let value = fields.value(at: index)
            var members = ListMembers()
            while let range = members.next(in: value) {
                let member = value.extracting(range)
                guard let name = nameLength(member), !member.extracting(first: name).equalsIgnoringCase("h2c".utf8.span) else {
                    continue
                }
                guard offer.count &+ member.count <= limit else { return offer }
                if !offer.isEmpty { offer.append(text: ", ") }
                offer.append(copying: member)
            }
            line = fields.firstIndex(of: .upgrade, from: index + 1)
        }
        return offer
    }

    /// The most bytes of protocols that are offered; one or two are in use.
    private static let limit = 1_024

    /// Returns the protocols that a 101 switches to, as one list; nil when there are none, or any that were not offered.
    public static func choice(_ fields: borrowing Fields, of offer: [UInt8]) -> [UInt8]? {
        var choice: [UInt8] = []
        var line = fields.firstIndex(of: .upgrade)
        while let index = line {
            let value = fields.value(at: index)
            var members = ListMembers()
            while let range = members.next(in: value) {
                let member = value.extracting(range)
                // Each is looked for in the offer, and nothing is chosen twice.
                guard choice.count <= offer.count, contains(offer.span, member) else { return nil }
                if !choice.isEmpty { choice.append(text: ", ") }
                choice.append(copying: member)
            }
            line = fields.firstIndex(of: .upgrade, from: index + 1)
        }
        return choice.isEmpty ? nil : choice
    }

    /// Whether a protocol is offered, in any case.
    static func contains(_ offer: Span<UInt8>, _ protocol: Span<UInt8>) -> Bool {
        var members = ListMembers()
        while let range = members.next(in: offer) {
            if offer.extracting(range).equalsIgnoringCase(`protocol`) { return true }
        }
        return false
    }

    /// Returns the length of the name in `name/version`; nil when the text is not of that form.
    private static func nameLength(_ member: Span<UInt8>) -> Int? {
        var slash = 0
        while slash < member.count, member[slash] != 0x2F { slash &+= 1 }
        guard Fields.isName(member.extracting(first: slash)) else { return nil }
        guard slash < member.count else { return slash }
        return Fields.isName(member.extracting(droppingFirst: slash &+ 1)) ? slash : nil
    }
}
