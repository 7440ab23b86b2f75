import Diagnosis
import Foundation
import Generate
import HeaderPolicy
import ProxyCore
import Testing

@testable import ProxyConfig

/// Each key is declared once, and what people and editors read comes of that.
@Suite struct DeclarationTests {
    @Test func filesAreWhatTheDeclarationsSay() throws {
        let files = try GeneratedFiles.all(in: VocabularyTests.root)
        #expect(files.count > 20)
        for (path, text) in files {
            let written = try String(contentsOf: VocabularyTests.root.appending(path: path), encoding: .utf8)
            #expect(Array(written.utf8) == Array(text.utf8), "\(path) is not what the keys are declared to be: make generate")
        }
    }

    /// Each key once, with its default where it has one.
    @Test func theAnnotatedFileHasEveryKey() throws {
        let template = VocabularyTests.root.appending(path: "Tests/Generate/letterhead.yaml.template")
        let shown = try AnnotatedFile(template: String(contentsOf: template, encoding: .utf8)).shown
        let declared = Vocabulary.sections.flatMap { section in
            zip(section.keys, section.declarations).map { ("\(section.name).\($0)", $1.fallback) }
        }
        #expect(shown.map(\.key).sorted() == declared.map(\.0).sorted())
        for (key, fallback) in declared {
            let value = shown.first { $0.key == key }?.value.replacing("\"", with: "") ?? ""
            #expect(value.isEmpty || fallback == nil || value == fallback, "\(key)")
        }
    }

    /// A word means one thing, and no key.
    @Test func wordsAreUnambiguous() {
        for section in Vocabulary.sections + Vocabulary.testSections {
            let words = section.declarations.flatMap(\.words) + section.foreign.keys + section.keys
            #expect(Set(words).count == words.count, "\(section.name)")
            #expect(words.allSatisfy { $0 == $0.lowercased() && !$0.contains("-") }, "\(section.name)")
        }
    }

    @Test(arguments: [
        ("bind: 1", "say `listen`"), ("Port: 1", "say `listen: 8080`"), ("worker-processes: 2", "say `workers`"),
        ("limits: { body: 1MB }", "say `request_body`"), ("timeouts: { read: 1s }", "say `response`"),
        ("routes: [{ proxy_pass: app }]", "say `upstream`"), ("response_headers: [{ policy: x }]", "say `use`"),
        ("response_headers: [{ stop: true, match: { path: / } }]", "say `when`"),
        ("response_headers: [{ stop: true, when: { uri: / } }]", "say `path`"),
        ("response_headers: [{ Server: x }]", "say `set: { Server: … }`"), ("timeout: {}", "did you mean `timeouts`?"),
    ])
    func otherWords(_ text: String, _ help: String) {
        let outcome = ConfigurationLoader(environment: [:]) { _ in [] }.read(text: text, file: "x.yaml")
        #expect(outcome.diagnostics.contains { $0.suggestion == help }, "\(outcome.diagnostics)")
    }

    @Test(arguments: [
        ("Where: [listeners](listeners.md).", "Where."), ("Asked: below. Left out, none.", "Asked. Left out, none."),
        ("A [path pattern](#path-patterns), or `regex:`.", "A path pattern, or `regex:`."), ("`[]` is none.", "`[]` is none."),
        ("Stays: [below](#x); and more.", "Stays: below; and more."), ("An open [one", "An open [one"),
    ])
    func sentencesWithoutLinks(_ sentence: String, _ plain: String) {
        #expect(KeyDeclaration(.text, sentence).plainSentence == plain)
    }

    /// What is said to be the default is what happens where nothing is said.
    @Test func defaults() throws {
        let (said, sections) = Self.file(withDefaults: true)
        let declared = Vocabulary.sections.filter { $0.declarations.contains { $0.fallback != nil } }.map(\.name)
        #expect(Set(sections) == Set(declared))
        let (stated, silent) = (try Self.meaning(of: said), try Self.meaning(of: Self.file(withDefaults: false).text))
        for (stated, silent) in zip(stated, silent) { #expect(stated == silent) }
    }

    /// The model, without the places in the file; but for rules and request ids, of which it knows that something is left out.
    private static func meaning(of text: String) throws -> [String] {
        let outcome = ConfigurationLoader(environment: [:]) { _ in [] }.read(text: text, file: "x.yaml")
        let configuration = try #require(outcome.configuration, "\(outcome.diagnostics)\n\(text)")
        let parts: [Any] =
            configuration.upstreams + configuration.listeners + configuration.routes + [
                configuration.limits, configuration.timeouts, configuration.inspector as Any, configuration.debug as Any,
                configuration.via as Any, configuration.accessLog, configuration.logLevel, configuration.watch,
            ]
        return parts.map { "\($0)".replacing(#/x\.yaml:[0-9]+:[0-9]+/#, with: "…") }
    }

    /// One mapping of each kind that has defaults, which are in it or not.
    private static func file(withDefaults: Bool) -> (text: String, sections: [String]) {
        var sections: [String] = []
        func keys(_ name: String, but others: String...) -> String {
            sections.append(name)
            guard withDefaults, let section = Vocabulary.sections.first(where: { $0.name == name }) else { return "" }
            var text = ""
            for (key, declaration) in zip(section.keys, section.declarations) where !others.contains(key) {
                guard let fallback = declaration.fallback, fallback != "on" else { continue }
                let isPlain = Int(fallback) != nil || fallback == "true" || fallback == "false"
                text += ", \"\(key)\": \(isPlain ? fallback : "\"\(fallback)\"")"
            }
            return text
        }
        func mapping(_ name: String, _ required: String = "", but other: String = "") -> String {
            let all = [required, String(keys(name, but: other).dropFirst(2))].filter { !$0.isEmpty }
            return "{ \(all.joined(separator: ", ")) }"
        }
        let clients = mapping("client_certificates", "ca: b.pem")
        let tls = mapping("listener_tls", "certificates: { certificate: a.pem }, client_certificates: \(clients)")
        let servers = "[\(mapping("upstream_server", "address: \"https://a.example\"")), \"https://b.example\"]"
        let upstream = """
            servers: \(servers), tls: \(mapping("upstream_tls")), health_check: \(mapping("health_check")), \
            ejection: \(mapping("ejection")), retries: \(mapping("retries"))
            """
        let rules = [mapping("cors", "allow_origins: [https://a.example]"), mapping("cookies", "secure: true")]
        let text = """
            { admin: "127.0.0.1:9900", listen: [\(mapping("listener", "bind: 127.0.0.1:8081")), { bind: "127.0.0.1:8443", tls: \(tls) },
            { bind: "127.0.0.1:8082", redirect_to_https: \(mapping("https_redirect")) }],
            request_id: \(mapping("request_id")), debug: \(mapping("debug", "secret: 0123456789abcdef")),
            inspector: \(mapping("inspector")), limits: \(mapping("limits")), timeouts: \(mapping("timeouts")),
            upstreams: { app: \(mapping("upstream", upstream, but: "scheme")) },
            response_headers: [{ cors: \(rules[0]) }, { cookies: \(rules[1]) },
            \(mapping("rule", "set: { Content-Security-Policy: default-src 'self' }"))],
            request_headers: \(mapping("rule_list", "rules: [{ set: { X-A: a } }]")),
            routes: [{ path: /a, reports: \(mapping("reports")) }, { path: /b, respond: \(mapping("respond")) },
            { path: /c, redirect: \(mapping("redirect", "to: /d")) }, { upstream: app }]\(keys("configuration", but: "listen")) }
            """
        return (text, sections)
    }
}
