import HTTPModel

/// What pages of an origin wanted and their Content-Security-Policy forbids: the same directive and source is the same violation,
/// however often it comes.
public struct Violation: Sendable, Hashable {
    /// The effective directive, such as `script-src-elem`.
    public let directive: String
    /// `inline`, `eval`, `wasm-eval`, a scheme with its colon (`data:`), or an origin; with the path where it names code of another origin.
    public let blocked: String
    /// The page's origin.
    public let page: String
    /// The beginning of what stands inline, where the policy says 'report-sample'; empty where it is not known.
    public let sample: String

    /// Browsers send so many characters of a sample: one that is shorter is all of it.
    public static let sampleLength = 40
    /// Bytes of an address that is kept.
    private static let addressLimit = 256

    /// Where a report comes from that says nothing of a page.
    public enum Noise: Error, Sendable, Hashable {
        /// An extension of the browser has put something into the page.
        case ofExtension
        /// No report of a Content-Security-Policy, or none that makes sense.
        case unreadable
    }

    /// - Parameters:
    ///   - directive: perhaps with its sources, as old browsers send it.
    ///   - source: of the script that wanted it; empty where that is not known.
    public init(directive: String, blocked: String, page: String, source: String, sample: String) throws(Noise) {
        for address in [blocked, source, page] where Self.isOfExtension(address) { throw .ofExtension }
        let name = directive.prefix { $0 != " " }.lowercased()
        guard Self.isDirective(name), let origin = WebURL(page)?.origin, Self.isPlain(origin) else { throw .unreadable }
        guard let blocked = Self.normal(blocked, of: name, page: origin) else { throw .unreadable }
        self.directive = name
        self.blocked = blocked
        self.page = origin
        let isShown = blocked == "inline"
        self.sample = isShown ? String(String.UnicodeScalarView(sample.unicodeScalars.prefix(Self.sampleLength))) : ""
    }

    /// Of a report as it came.
    init(_ report: Report) throws(Noise) {
        func text(_ name: String) -> String {
            if case .text(let text)? = report.members.first(where: { $0.name == name })?.value {
                String(decoding: text, as: UTF8.self)
            } else {
                ""
            }
        }
        guard text("type") == "csp-violation" else { throw .unreadable }
        try self.init(
            directive: text("effective_directive"), blocked: text("blocked_url"), page: text("document_url"),
            source: text("source_file"), sample: text("sample"))
    }

    private static func isDirective(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 40 && name.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 == 0x2D }
    }

    private static let extensionSchemes = [
        "chrome-extension", "moz-extension", "safari-extension", "safari-web-extension", "ms-browser-extension", "extension",
        "webkit-masked-url", "chrome", "resource", "user-script", "chromenull", "chromeinvoke", "opera", "ms-appx", "ms-appx-web",
    ]

    private static func isOfExtension(_ address: String) -> Bool {
        let scheme = address.prefix { $0 != ":" && $0 != " " }.lowercased()
        return extensionSchemes.contains(scheme) || address.hasPrefix("sandbox eval code")
    }

    /// Nil for what no policy could allow.
    private static func normal(_ blocked: String, of directive: String, page: String) -> String? {
        let isCode = ["script", "worker", "object", "style"].contains { directive.hasPrefix($0) }
        // What stands inline belongs to scripts and styles. A directive without sources, such as `sandbox`, has no place of its own.
        let hasSources =
            directive.hasSuffix("-src") || ["form-action", "base-uri", "frame-ancestors"].contains(directive)
        let isInline = !hasSources || ["script", "style", "default"].contains { directive.hasPrefix($0) }
        let end = blocked.firstIndex { $0 == "?" || $0 == "#" } ?? blocked.endIndex
        let blocked = String(blocked[..<end])
        switch blocked {
        case "inline", "eval", "wasm-eval": return isInline ? blocked : nil
        // How browsers once called what stands inline.
        case "", "self": return isInline ? "inline" : nil
        default: break
        }
        let scheme = blocked.prefix { $0 != ":" }.lowercased()
        switch scheme {
        case "http", "https", "ws", "wss":
            let isSocket = scheme.hasPrefix("ws")
            guard let url = WebURL(isSocket ? "http" + blocked.dropFirst(2) : blocked) else { return nil }
            let origin = isSocket ? "ws" + url.origin.dropFirst(4) : url.origin
            guard isPlain(origin) else { return nil }
            let isKept = isCode && origin != page && url.target != "/" && isPlain(url.target)
            return isKept && url.target.utf8.count <= addressLimit ? origin + url.target : origin
        default:
            guard !scheme.isEmpty, scheme.utf8.count <= 40, scheme.utf8.first.map({ $0 &- 0x61 < 26 }) == true,
                scheme.utf8.allSatisfy({ $0 &- 0x61 < 26 || Octet.isDigit($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E })
            else { return nil }
            return scheme + ":"
        }
    }

    /// Whether an origin or a path can stand in a policy and in its configuration: nothing in it ends a source or a directive, stands
    /// for something else, or is a keyword or a wildcard.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { 0x21...0x7E ~= $0 && !";,'\"${}*".utf8.contains($0) }
    }
}
