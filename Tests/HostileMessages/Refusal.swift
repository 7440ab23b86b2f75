package import HTTPModel

/// A message that has to be refused, and how.
package struct Refusal: Sendable, CustomStringConvertible {
    package let bytes: [UInt8]
    package let status: Status
    package let reason: String
    package var limits = MessageLimits()
    package var method = Method.get

    package init(
        _ text: String, _ status: Status, _ reason: String, _ limits: MessageLimits = MessageLimits(), method: Method = .get
    ) {
        bytes = wire(text)
        self.status = status
        self.reason = reason
        self.limits = limits
        self.method = method
    }

    package var description: String { "\(readable(bytes)) → \(reason)" }

    /// Requests that are refused with that status.
    package static let requests = [HostileRequestLines.all, HostileFields.all, HostileFraming.all, HostileChunks.all].flatMap {
        $0
    }

    /// Responses that are refused, most before their head is out, some in the body.
    package static let responses = HostileResponses.all
}

/// The controls that may stand nowhere in a message but for CR, LF and (in values) tab.
package let controls: [String] = (UInt8(0)...127).filter { ($0 < 32 || $0 == 127) && ![9, 10, 13].contains($0) }.map {
    String(UnicodeScalar($0))
}

extension MessageLimits {
    package static func small(
        target: Int = 20, headerBytes: Int = 40, headerCount: Int = 3, chunkExtensions: Int = 10, trailerBytes: Int = 20
    ) -> MessageLimits {
        var limits = MessageLimits()
        limits.target = target
        limits.headerBytes = headerBytes
        limits.headerCount = headerCount
        limits.chunkExtensions = chunkExtensions
        limits.trailerBytes = trailerBytes
        return limits
    }
}

/// Wire bytes of a text: each scalar below 256 is one byte, so that tables can spell 8-bit bytes as `\u{FF}`.
package func wire(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
}

/// A wire as one line that can be read in a failure's report.
package func readable(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.prefix(160), as: UTF8.self).debugDescription + (bytes.count > 160 ? "…" : "")
}
