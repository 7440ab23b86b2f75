import Diagnosis
import Foundation
import HTTPModel
import ProxyCore
import Testing

@testable import HeaderPolicy
@testable import ProxyConfig

/// The pages of config/reference say what is so: every key with its default, every word, every example.
@Suite struct ReferenceTests {
    private static let folder = VocabularyTests.root.appending(path: "config/reference")

    private static func pages() throws -> [(name: String, text: String)] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".md") }.sorted()
            .map { ($0, try String(contentsOf: folder.appending(path: $0), encoding: .utf8)) }
    }

    /// The rows of the table behind a mark, cell by cell, without those of its head.
    private static func table(_ mark: String) throws -> [[String]] {
        let found = try pages().map(\.text.components).joined().filter { $0.hasPrefix("\(mark) -->\n") }
        let text = try #require(found.first, "no table of \(mark)")
        #expect(found.count == 1, "\(mark) is there \(found.count) times")
        let rows = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst().prefix { $0.hasPrefix("|") }
        return rows.dropFirst(2).map { row in
            row.replacing("\\|", with: "¦").split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    private static func words(_ cell: String?) -> [String] { (cell ?? "").matches(of: #/`([^`]+)`/#).map { String($0.1) } }

    /// What is in them is written by `make generate` (DeclarationTests).
    @Test func keys() throws {
        for section in Vocabulary.sections {
            #expect(try Self.table("keys: \(section.name)").flatMap { Self.words($0.first) } == section.keys, "\(section.name)")
        }
    }

    @Test func placeholdersAndPresets() throws {
        let placeholders = try Self.table("placeholders").flatMap { Self.words($0.first) }
            .map { String($0.dropFirst().dropLast()).replacing("NAME", with: "") }
        // A second name for one of them.
        #expect(Set(placeholders).subtracting(["upstream.name"]) == Set(Placeholder.allCases.map(\.text)))
        #expect(try Set(Self.table("presets").flatMap { Self.words($0.first) }) == Set(Preset.names))
    }

    /// The words that log and metrics give as reasons, with what the client is answered; and no others.
    @Test func reasons() throws {
        let rows = try ["exchanges", "HTTP/1", "HTTP/2"].flatMap { try Self.table("reasons: \($0)") }
        let documented = rows.flatMap { Self.words($0[0]) }
        let said = Set(Reason.allCases).subtracting(Self.onlyOfResponses).map(\.rawValue)
        #expect(Set(documented).subtracting(said) == [], "documented, and never said")
        #expect(Set(said).subtracting(documented) == [], "said, and not documented")
        for row in rows where row.count == 3 {
            for reason in Self.words(row[0]).compactMap(Reason.init(rawValue:)) {
                if let status = reason.status { #expect(row[1].contains("\(status.rawValue)"), "\(reason)") }
            }
        }
    }

    /// What only responses do wrong is told as `invalid_response`.
    private static let onlyOfResponses: Set<Reason> = [
        .invalidStatus, .invalidReason, .upgradeWithoutProtocol, .informationalFlood,
    ]

    /// What can be wrong with a response, in the words of the sources, and with their sentences.
    @Test func faults() throws {
        let sources = VocabularyTests.root.appending(path: "Sources")
        func said(_ file: String, _ pattern: Regex<(Substring, Substring, Substring)>) throws -> [String: String] {
            let text = try String(contentsOf: sources.appending(path: file), encoding: .utf8)
            let pairs = text.matches(of: pattern).map { (String($0.1), String($0.2).replacing("\\\"", with: "\"")) }
            return Dictionary(uniqueKeysWithValues: pairs)
        }
        func documented(_ protocols: String) throws -> [String: String] {
            Dictionary(uniqueKeysWithValues: try Self.table("faults: \(protocols)").map { (Self.words($0[0])[0], $0[1]) })
        }
        #expect(try documented("HTTP/2") == said("HTTP2/Heads/ResponseFault.swift", #/"([a-z0-9_]+)",\s*"([A-Z][^"]*)"/#))
        #expect(
            try documented("answers") == said("ProxyCore/Exchange/BadResponse.swift", #/BadResponse\(\s*"([a-z_]+)", "([^"]*)"/#))
        let ofRequests = try Self.table("reasons: HTTP/1").flatMap { Self.words($0[0]) }.compactMap(Reason.init(rawValue:))
        let parsers = Dictionary(
            uniqueKeysWithValues: (ofRequests + Self.onlyOfResponses).map { ($0.rawValue, $0.sentence) })
        let onlyOfRequests: Set = [
            "tls_handshake", "invalid_method", "method_too_long", "invalid_target", "target_too_long", "missing_version",
            "missing_host", "duplicate_host", "invalid_host", "host_mismatch", "unexpected_body", "unknown_expectation",
        ]
        #expect(try documented("HTTP/1") == parsers.filter { !onlyOfRequests.contains($0.key) })
    }

    private static var loader: ConfigurationLoader {
        ConfigurationLoader(environment: [:]) { _ in Array("some-file-or-other\n".utf8) }
    }

    /// Every example loads, and `check` has nothing to say about it; the cookbook's keep what they promise.
    @Test func examples() throws {
        for page in try Self.pages() {
            var policy: CompiledConfiguration?
            var promises = 0
            for block in page.text.matches(of: #/```(yaml[a-z ]*)\n((?:.*\n)*?)```/#) {
                let (kind, text) = (block.1, String(block.2))
                if kind == "yaml requests" {
                    #expect(try !Self.loader.tests(text: text, file: page.name, needsExpectations: false).tests.isEmpty)
                } else if kind == "yaml tests" {
                    let tests = try Self.loader.tests(text: text, file: page.name).tests
                    let compiled = try #require(policy)
                    for failure in tests.flatMap({ $0.run(on: compiled).failures }) {
                        Issue.record("\(page.name), \(failure.location): \(failure.message)\n\(text)")
                    }
                    promises += tests.count
                } else {
                    let outcome = Self.loader.read(text: text, file: page.name)
                    let findings = Linter.findings(of: outcome)
                    #expect(findings.isEmpty, "\(page.name): \(findings.text())\n\(text)")
                    policy = try CompiledConfiguration(#require(outcome.configuration))
                }
            }
            if page.name == "cookbook.md" {
                let recipes = page.text.matches(of: #/\n## /#).count
                #expect(recipes > 10 && promises >= recipes)
            }
        }
    }

    /// Links lead to files that are there, and to headings in them.
    @Test func links() throws {
        for page in try Self.pages() {
            for link in page.text.matches(of: #/\]\(([^)\s]+)\)/#).map({ String($0.1) }) where !link.hasPrefix("http") {
                let parts = link.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
                let file = parts[0].isEmpty ? Self.folder.appending(path: page.name) : Self.folder.appending(path: parts[0])
                #expect(FileManager.default.fileExists(atPath: file.path), "\(page.name): \(link)")
                guard parts.count == 2 else { continue }
                let text = try String(contentsOf: file, encoding: .utf8)
                let headings = text.matches(of: #/(?m)^#+ (.+)$/#).map { heading in
                    heading.1.lowercased().replacing("`", with: "").filter { $0.isLetter || $0.isNumber || " -_".contains($0) }
                        .replacing(" ", with: "-")
                }
                #expect(headings.contains(parts[1]), "\(page.name): \(link)")
            }
        }
    }
}

extension String {
    /// What stands behind each mark of a comment.
    fileprivate var components: [String] { components(separatedBy: "<!-- ") }
}
