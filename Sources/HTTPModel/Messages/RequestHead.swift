/// The head of a request: its method, target, authority and fields.
///
/// The texts are in one buffer with offsets, and the fields in their own. Clearing keeps both, so that the next request on the
/// connection allocates nothing.
public struct RequestHead: Sendable {
    public var method: Method = .get
    public var version: HTTPVersion = .http11
    public var scheme: Scheme = .http
    public var fields = Fields()

    private var buffer = RefillBuffer<UInt8>()
    private var methodRange = 0..<0
    private var targetRange = 0..<0
    private var authorityRange = 0..<0
    private var queryStart: Int?
    /// The path that routes and rules match; the same range as the raw path if that is already normalized.
    private var pathRange = 0..<0
    /// Whether some reader may take a segment of the path for `.` or `..`, plain or escaped, between slashes or backslashes. What
    /// routes and rules match may then differ from what an app resolves, so no app may get the request.
    public private(set) var hasDotSegment = false

    public init() {}

    /// The method's token.
    public var methodToken: Span<UInt8> {
        @_lifetime(borrow self) get { buffer.span.extracting(methodRange) }
    }

    /// The target for the upstream: origin form (`/path?query`), `*`, or `host:port` for CONNECT.
    public var target: Span<UInt8> {
        @_lifetime(borrow self) get { buffer.span.extracting(targetRange) }
    }

    /// The host and port that the client named (by `Host`, `:authority` or an absolute-form target); may be empty.
    public var authority: Span<UInt8> {
        @_lifetime(borrow self) get { buffer.span.extracting(authorityRange) }
    }

    /// The authority without its port; the brackets of an IPv6 literal are kept.
    public var hostname: Span<UInt8> {
        @_lifetime(borrow self) get { buffer.span.extracting(hostnameRange) }
    }

    /// The path that routes and rules match, as a WSGI app sees it: percent-escapes are decoded once, and dot segments and
    /// doubled slashes are resolved. The target that is forwarded keeps the client's spelling.
    public var path: Span<UInt8> {
        @_lifetime(borrow self) get { buffer.span.extracting(pathRange) }
    }

    /// The query without `?`; empty if there is none.
    public var query: Span<UInt8> {
        @_lifetime(borrow self) get { buffer.span.extracting((queryStart ?? targetRange.upperBound)..<targetRange.upperBound) }
    }

    /// The path as the client spelled it.
    public var rawPath: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let end = queryStart.map { $0 - 1 } ?? targetRange.upperBound
            return buffer.span.extracting(targetRange.lowerBound..<end)
        }
    }

    private var hostnameRange: Range<Int> {
        let start = authorityRange.lowerBound
        return start..<start + Authority.hostLength(buffer.span.extracting(authorityRange))
    }

    /// Clears the head but keeps the storage.
    public mutating func removeAll() {
        method = .get
        version = .http11
        scheme = .http
        fields.removeAll()
        buffer.removeAll()
        methodRange = 0..<0
        targetRange = 0..<0
        authorityRange = 0..<0
        queryStart = nil
        pathRange = 0..<0
        hasDotSegment = false
    }

    /// The number of bytes of the head that have been read.
    public var size: Int { buffer.count &+ fields.size }

    /// The bytes of memory that the head takes.
    public var storageSize: Int { buffer.capacity &+ fields.storageSize }

    /// Frees storage beyond `limit` bytes, with its contents, for idle connections.
    public mutating func trim(to limit: Int) {
        fields.trim(to: limit)
        guard buffer.capacity > limit else { return }
        removeAll()
        buffer = RefillBuffer()
    }

    /// Sets the method from a token. Returns false if it is not a token.
    @discardableResult
    public mutating func setMethod(_ token: Span<UInt8>) -> Bool {
        guard Fields.isName(token) else { return false }
        method = Method(token: token)
        methodRange = store(token)
        return true
    }

    /// Sets the host and port, which the caller has checked against RFC 3986 §3.2 (see `Authority`).
    public mutating func setAuthority(_ authority: Span<UInt8>) {
        authorityRange = store(authority)
    }

    /// Sets the host and port from the value of a field line (`Host`), which the caller has checked.
    public mutating func setAuthority(fromLine index: Int) {
        let start = buffer.count
        Self.append(valueAt: index, of: fields, to: &buffer)
        authorityRange = start..<buffer.count
    }

    private static func append(valueAt index: Int, of fields: borrowing Fields, to buffer: inout RefillBuffer<UInt8>) {
        buffer.append(copying: fields.value(at: index))
    }

    /// Sets an origin-form target, `*`, or (for CONNECT) an authority. Returns false if it has a byte that targets may not have,
    /// starts in another way, or its path has no single meaning (see `PathForm`).
    @discardableResult
    public mutating func setTarget(_ target: Span<UInt8>) -> Bool {
        guard !target.isEmpty else { return false }
        let (pathEnd, isPlain) = Self.scanPath(target)
        if pathEnd < target.count {
            guard target[pathEnd] == 0x3F, Self.isQuery(target.extracting(droppingFirst: pathEnd &+ 1)) else { return false }
        }
        let range = store(target)
        targetRange = range
        queryStart = pathEnd < target.count ? range.lowerBound + pathEnd + 1 : nil
        hasDotSegment = false
        if isPlain || target[0] != 0x2F {
            pathRange = range.lowerBound..<range.lowerBound + pathEnd
            return true
        }
        guard let resolved = PathForm.resolved(target.extracting(0..<pathEnd)) else { return false }
        hasDotSegment = resolved.hasDotSegment
        pathRange = store(resolved.path.span)
        return true
    }

    /// Returns the length of the path, up to `?` or a byte that targets may not have, and whether it is certainly normalized. (A
    /// normalized path may be reported as not normalized, but never the other way round.)
    private static func scanPath(_ target: Span<UInt8>) -> (length: Int, isPlain: Bool) {
        var rest = target.extracting(0..<target.count)
        var isPlain = true
        var previous: UInt8 = 0
        while rest.count >= 8 {
            let word = rest.firstWord
            guard Self.stops(word) | Word.equal(0x3F, word) == 0 else { break }
            let slashes = Word.equal(0x2F, word)
            let behindSlash = slashes << 8 | (previous == 0x2F ? 0x80 : 0)
            let escapes = Word.equal(0x25, word) | Word.equal(0x5C, word)
            if behindSlash & (slashes | Word.equal(0x2E, word)) | escapes != 0 { isPlain = false }
            previous = rest[7]
            rest = rest.extracting(droppingFirst: 8)
        }
        while !rest.isEmpty, Octet.isTarget(rest[0]), rest[0] != 0x23, rest[0] != 0x3F {
            if rest[0] == 0x25 || rest[0] == 0x5C || (previous == 0x2F && (rest[0] == 0x2E || rest[0] == 0x2F)) {
                isPlain = false
            }
            previous = rest[0]
            rest = rest.extracting(droppingFirst: 1)
        }
        return (target.count - rest.count, isPlain)
    }

    private static func isQuery(_ query: Span<UInt8>) -> Bool {
        var rest = query.extracting(0..<query.count)
        while rest.count >= 8 {
            guard stops(rest.firstWord) == 0 else { return false }
            rest = rest.extracting(droppingFirst: 8)
        }
        for index in rest.indices where !Octet.isTarget(rest[index]) || rest[index] == 0x23 { return false }
        return true
    }

    /// Flags bytes that neither a path nor a query may have.
    @inline(__always)
    private static func stops(_ word: UInt64) -> UInt64 {
        Word.below(0x21, word) | Word.equal(0x23, word) | Word.equal(0x7F, word) | (word & Word.tops)
    }

    private mutating func store(_ bytes: Span<UInt8>) -> Range<Int> {
        let start = buffer.count
        buffer.append(copying: bytes)
        return start..<buffer.count
    }
}
