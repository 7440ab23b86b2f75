import HTTPModel

/// The framing and connection information in the fields of a head, collected in one pass over the lines.
///
/// Nothing is repaired: two lines that agree still count as two (RFC 9112 §6.3 lets a recipient choose, and two recipients choose
/// differently).
struct FramingFields {
    enum Coding { case none, chunked, unknown, malformed }
    enum Expectation { case none, `continue`, unknown }

    private(set) var lengthLines = 0
    /// The content length; nil unless there is a single line with a valid number.
    private(set) var length: Int?
    /// The index of the last `Content-Length` line.
    private(set) var lengthIndex = 0
    private(set) var codingLines = 0
    private(set) var coding = Coding.none
    private(set) var hostLines = 0
    /// The index of the last `Host` line.
    private(set) var hostIndex = 0
    private(set) var expectation = Expectation.none
    /// Whether `Connection` lists `close`; the next two are its other options.
    private(set) var closes = false
    private(set) var keepsAlive = false
    private(set) var upgrades = false
    /// Whether there is an `Upgrade` field with a value.
    private(set) var namesProtocol = false

    init(_ fields: borrowing Fields) {
        for index in fields.indices {
            switch fields.id(at: index) {
            case .contentLength:
                lengthLines &+= 1
                lengthIndex = index
                length = fields.value(at: index).decimal
            case .transferEncoding:
                codingLines &+= 1
                coding = Self.coding(fields.value(at: index))
            case .host:
                hostLines &+= 1
                hostIndex = index
            case .expect:
                let isContinue = fields.value(at: index).equalsIgnoringCase("100-continue".utf8.span)
                expectation = isContinue && expectation != .unknown ? .continue : .unknown
            case .connection: readOptions(fields.value(at: index))
            case .upgrade: namesProtocol = namesProtocol || !fields.value(at: index).isEmpty
            default: break
            }
        }
    }

    /// The fault in the framing of a request or a response, or nil.
    func fault(_ version: HTTPVersion) -> Reason? {
        if lengthLines > 0, codingLines > 0 { return .lengthAndCoding }
        if lengthLines > 1 { return .duplicateLength }
        if lengthLines == 1, length == nil { return .invalidLength }
        guard codingLines > 0 else { return nil }
        if version == .http10 { return .codingInHTTP10 }
        if codingLines > 1 { return .duplicateCoding }
        switch coding {
        case .none, .chunked: return nil
        case .unknown: return .unknownCoding
        case .malformed: return .malformedCoding
        }
    }

    /// Whether the connection may be kept open (RFC 9112 §9.3).
    func persists(_ version: HTTPVersion) -> Bool {
        !closes && (version == .http11 || keepsAlive)
    }

    private mutating func readOptions(_ list: Span<UInt8>) {
        var members = ListMembers()
        while let range = members.next(in: list) {
            let option = list.extracting(range)
            if option.equalsIgnoringCase("close".utf8.span) {
                closes = true
            } else if option.equalsIgnoringCase("keep-alive".utf8.span) {
                keepsAlive = true
            } else if option.equalsIgnoringCase("upgrade".utf8.span) {
                upgrades = true
            }
        }
    }

    private static func coding(_ text: Span<UInt8>) -> Coding {
        if text.equalsIgnoringCase("chunked".utf8.span) { return .chunked }
        return Fields.isName(text) ? .unknown : .malformed
    }
}
