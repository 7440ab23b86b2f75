import HTTPModel
import HeaderPolicy

/// Replaces `${VAR}`, `${VAR:-default}`, `${VAR:?message}`, `${file:path}` and `$$` in one scalar. Any other `$` stays, so that
/// `$1` in a replacement and `$` at the end of a regular expression need no escape.
struct Substitution {
    let environment: [String: String]
    /// Returns the bytes of a file in `${file:…}`; relative paths have been resolved.
    let readFile: (String) throws -> [UInt8]
    /// The folder of the configuration file, with a slash at the end; empty for the current one.
    let folder: String

    /// The reason why a reference could not be resolved, and its offset in the scalar.
    struct Failure: Error {
        var offset: Int
        var width: Int
        var message: String
        var suggestion: String?
    }

    /// The largest file in bytes that `${file:…}` accepts.
    static let fileLimit = 1 << 20

    /// Returns the parts of the text: what is written, and what its references stand for.
    func resolve(_ text: String) throws(Failure) -> [TextPart] {
        let scalars = Array(text.unicodeScalars)
        var parts: [TextPart] = []
        var written = ""
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            guard scalar == "$", let next = scalars[safe: index + 1], next == "$" || next == "{" else {
                written.unicodeScalars.append(scalar)
                index += 1
                continue
            }
            if next == "$" {
                written += "$"
                index += 2
                continue
            }
            guard let end = scalars[index...].firstIndex(of: "}") else {
                throw Failure(
                    offset: index, width: scalars.count - index, message: "`${` is not closed",
                    suggestion: Self.forms)
            }
            do throws(Problem) {
                let name = scalars[(index + 2)..<end].string
                let filled = FilledText(reference: "${\(name.abbreviated)}", value: try value(of: name))
                if !written.isEmpty { parts.append(.written(written)) }
                written = ""
                parts.append(.filled(filled))
            } catch {
                throw Failure(offset: index, width: end + 1 - index, message: error.message, suggestion: error.suggestion)
            }
            index = end + 1
        }
        if !written.isEmpty || parts.isEmpty { parts.append(.written(written)) }
        return parts
    }

    private static let forms =
        "write `${NAME}`; for the characters themselves `$${`, or `$${{` and `}}` where placeholders are filled in"

    private struct Problem: Error {
        var message: String
        var suggestion: String?
    }

    private func value(of reference: String) throws(Problem) -> String {
        if reference.hasPrefix("file:") { return try contents(of: String(reference.dropFirst(5))) }
        let name = String(reference.prefix { $0 != ":" })
        guard Self.isName(name) else {
            throw Problem(
                message: "`${\(reference.abbreviated)}` does not name an environment variable",
                suggestion: Self.forms)
        }
        let modifier = reference.dropFirst(name.count)
        // As in a shell, with a colon an empty variable counts as one that is not set.
        if modifier.hasPrefix(":-") {
            if let value = environment[name], !value.isEmpty { return value }
            return String(modifier.dropFirst(2))
        }
        if modifier.hasPrefix(":?") {
            if let value = environment[name], !value.isEmpty { return value }
            let message = modifier.dropFirst(2)
            throw Problem(
                message: "the environment variable `\(name)` is not set",
                suggestion: message.isEmpty ? "set it" : String(message))
        }
        guard modifier.isEmpty else {
            throw Problem(
                message: "`\(modifier.prefix(2))` is not a form of `${…}`",
                suggestion: "write `${\(name)}`, `${\(name):-default}` or `${\(name):?message}`")
        }
        guard let value = environment[name] else {
            let placeholder = name == name.lowercased() ? ForeignVariable.placeholder(for: name) : nil
            throw Problem(
                message: "the environment variable `\(name)` is not set",
                suggestion: placeholder.map { "write `\($0)` for what is filled in for each message" }
                    ?? "set it, or give a default: `${\(name):-default}`")
        }
        return value
    }

    private func contents(of path: String) throws(Problem) -> String {
        guard !path.isEmpty else { throw Problem(message: "`${file:}` names no file") }
        var bytes: [UInt8]
        do {
            bytes = try readFile(path.hasPrefix("/") ? path : folder + path)
        } catch {
            throw Problem(
                message: "cannot read `\(path.abbreviated)`: \(error)",
                suggestion: path.hasPrefix("/") ? nil : "the path counts from the folder of this file")
        }
        guard bytes.count <= Self.fileLimit else { throw Problem(message: "`\(path.abbreviated)` is larger than 1MB") }
        if bytes.last == 0x0A { bytes.removeLast() }
        if bytes.last == 0x0D { bytes.removeLast() }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(message: "`\(path.abbreviated)` is not UTF-8 text")
        }
        return text
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == 0x5F
        }
    }
}
