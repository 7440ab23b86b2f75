import Foundation
import HeaderPolicy
import ProxyConfig
import ProxyCore
import Testing

/// Each file of `Golden`: a configuration, a line of dashes, and what comes of it — the effective policy after the warnings,
/// or the diagnostics. `UPDATE_GOLDEN=1 swift test` writes the results anew, for a person to read through.
struct GoldenTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return files.filter { $0.hasSuffix(".txt") }.sorted()
    }()

    static let loader = ConfigurationLoader(environment: [
        "PORT": "9000", "APP": "http://127.0.0.1:5000", "EMPTY": "", "COMMAS": ", ,", "DOLLAR": "${PORT}",
        "INJECTION": "x\"\nadmin: 0.0.0.0:1", "BRACES": "a{{b}}c{method}", "LIST": "{a}, b}", "CDN": "https://a.example",
        "SECRET": "hunter{2}", "CONTROL": "hunter\r\n2", "USER_URL": "http://user:s3cr3t@host/x", "PAIR": "s3cr3t:hunter2",
        "COMMA_PAIR": "s3cr3t,hunter2", "BLANK_PAIR": "s3cr3t hunter2",
    ]) { path in
        switch path {
        case "conf/token.txt": Array("s3cret\n".utf8)
        case "conf/origins.txt":
            Array("https://a.example\r\nhttps://b.example, https://c.example\n\nregex:https://d{1,2}[.]example\n".utf8)
        case "conf/bad-origins.txt": Array("https://s3cr3t.example\nhunter2.example\n".utf8)
        default: throw Missing()
        }
    }

    struct Missing: Error, CustomStringConvertible {
        var description: String { "no such file" }
    }

    static func result(_ text: String) -> String {
        let outcome = loader.read(text: text, file: "conf/letterhead.yaml")
        let found = outcome.diagnostics.isEmpty ? "" : "\(ConfigurationErrors(outcome.diagnostics, omitted: outcome.omitted))\n"
        guard let configuration = outcome.configuration else { return found }
        return found + (found.isEmpty ? "" : "\n") + EffectivePolicy.describe(configuration)
    }

    @Test(arguments: names)
    func golden(_ name: String) throws {
        let url = Self.folder.appending(path: name)
        let text = try String(contentsOf: url, encoding: .utf8)
        let separator = String(repeating: "-", count: 40) + "\n"
        let parts = text.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false)
        let input = String(parts[0])
        let result = Self.result(input)
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
            try (input + separator + result).write(to: url, atomically: true, encoding: .utf8)
        } else {
            #expect(parts.count == 2)
            #expect(result == String(parts.last ?? ""))
        }
    }

    @Test func thereAreEnough() throws {
        let outcomes = try Self.names.map { name in
            let text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
            return text.contains(": error: ")
        }
        #expect(outcomes.count >= 60)
        #expect(outcomes.count { $0 } >= 45)
    }
}
