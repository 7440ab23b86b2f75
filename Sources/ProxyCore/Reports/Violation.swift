import HTTPModel

/// Something that pages of an origin tried to do and their Content-Security-Policy forbids. Reports that agree in all of this
/// count as one violation.
public struct Violation: Sendable, Hashable {
    /// The effective directive, such as `script-src-elem`.
    public let directive: String
    /// `inline`, `eval`, `wasm-eval`, a scheme with its colon (`data:`), or an origin; with its path if it is that of code or a
    /// style of another origin.
    public let blocked: String
    /// The page's origin.
    public let page: String
    /// The beginning of the inline code, if the policy says 'report-sample'; empty if it is not known.
    public let sample: String

    /// The number of characters of a sample that browsers send; a shorter sample is the whole code.
    public static let sampleLength = 40
    /// The longest path in bytes that is kept.
    private static let addressLimit = 256

    /// Reasons why a report says nothing about a page.
    public enum Noise: Error, Sendable, Hashable {
        /// An extension of the browser has put something into the page.
        case ofExtension
        /// No report of a Content-Security-Policy, or none that makes sense.
        case unreadable
    }

    /// - Parameters:
    ///   - directive: the directive; old browsers also send its sources.
    ///   - source: the address of the script that caused the violation; empty if it is not known.
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

    /// Reads a report as it came.
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

    /// Returns what was blocked in the form of `blocked`; nil if no policy could allow it.
    private static func normal(_ blocked: String, of directive: String, page: String) -> String? {
        let isCode = ["script", "worker", "object", "style"].contains { directive.hasPrefix($0) }
        // Only scripts and styles can be inline. A report about a directive without sources, such as `sandbox`, looks the same.
        let hasSources =
            directive.hasSuffix("-src") || ["form-action", "base-uri", "frame-ancestors"].contains(directive)
        let isInline = !hasSources || ["script", "style", "default"].contains { directive.hasPrefix($0) }
        let end = blocked.firstIndex { $0 == "?" || $0 == "#" } ?? blocked.endIndex
        let blocked = String(blocked[..<end])
        switch blocked {
        case "inline", "eval", "wasm-eval": return isInline ? blocked : nil
        // Older names for inline code.
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

    /// Whether an origin or a path can be written as a source: no character in it ends a source or a directive, is part of a
    /// keyword or a wildcard, or begins a variable or a placeholder.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { 0x21...0x7E ~= $0 && !";,'\"${}*".utf8.contains($0) }
    }
}
