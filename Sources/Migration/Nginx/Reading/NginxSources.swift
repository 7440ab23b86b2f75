import HTTPModel
import HeaderPolicy
import ProxyConfig

/// The directives of an nginx configuration with all its includes.
struct NginxSources {
    /// The maximal depth of includes, and the largest number of files.
    static let depthLimit = 16
    static let fileLimit = 1_000

    /// Returns the files that a pattern names, in order.
    private let read: (String) -> [NginxImport.File]?
    private var count = 0
    /// The files that are being read, because one that includes itself would not end.
    private var open: [String] = []
    private(set) var problems: [Diagnostic] = []
    /// The includes that named no file.
    private(set) var missing: [NginxDirective] = []
    /// The includes that may not be followed.
    private(set) var refused: [NginxDirective] = []

    init(read: @escaping (String) -> [NginxImport.File]?) { self.read = read }

    mutating func directives(of file: NginxImport.File) -> [NginxDirective] {
        count += 1
        open.append(file.name)
        defer { open.removeLast() }
        do throws(Diagnostic) {
            return included(try NginxParser.directives(of: file.text, file: file.name))
        } catch {
            problems.append(error)
            return []
        }
    }

    private mutating func included(_ directives: [NginxDirective]) -> [NginxDirective] {
        var result: [NginxDirective] = []
        for var directive in directives {
            if directive.name == "include" {
                result += files(directive)
                continue
            }
            if let block = directive.block { directive.block = included(block) }
            result.append(directive)
        }
        return result
    }

    private mutating func files(_ directive: NginxDirective) -> [NginxDirective] {
        guard let files = read(directive[0]) else {
            refused.append(directive)
            return [directive]
        }
        if files.isEmpty, !directive[0].contains("*") {
            missing.append(directive)
            // The directive is kept, because the contents of the missing file are not known.
            return [directive]
        }
        return files.flatMap { file -> [NginxDirective] in
            guard !open.contains(file.name), open.count < Self.depthLimit, count < Self.fileLimit else {
                let why = open.contains(file.name) ? "`\(file.name)` includes itself" : "too many files include one another"
                problems.append(Diagnostic(.error, why, at: directive.location, suggestion: "remove this `include`"))
                return []
            }
            return self.directives(of: file)
        }
    }

    /// Returns the files in the output of `nginx -T`; empty when the text is something else.
    static func dumped(_ text: String) -> [NginxImport.File] {
        let mark = "# configuration file "
        guard text.contains(text: mark) else { return [] }
        var files: [NginxImport.File] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix(mark), line.hasSuffix(":") {
                files.append(NginxImport.File(name: String(line.dropFirst(mark.count).dropLast()), text: ""))
            } else if !files.isEmpty {
                files[files.count - 1].text += line + "\n"
            }
        }
        return files
    }

    /// Whether a name matches a pattern with `*` and `?`, which do not match a slash.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        let (name, pattern) = (Array(name.utf8), Array(pattern.utf8))
        var (at, index) = (0, 0)
        /// Where to continue when the text after the last star does not fit: the star takes one more byte.
        var (starAt, starIndex) = (-1, 0)
        while index < name.count || at < pattern.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                (starAt, starIndex) = (at, index)
                at += 1
            } else if at < pattern.count, index < name.count,
                pattern[at] == name[index] || (pattern[at] == UInt8(ascii: "?") && name[index] != UInt8(ascii: "/"))
            {
                at += 1
                index += 1
            } else {
                guard starAt >= 0, starIndex < name.count, name[starIndex] != UInt8(ascii: "/") else { return false }
                starIndex += 1
                (at, index) = (starAt + 1, starIndex)
            }
        }
        return true
    }
}
