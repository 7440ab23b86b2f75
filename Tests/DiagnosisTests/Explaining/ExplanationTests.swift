import Diagnosis
import Foundation
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import Testing

/// Each file of `Golden`: a configuration whose first comment is the question, a line of dashes, and the explanation.
/// `UPDATE_GOLDEN=1 swift test` writes the results anew, for a person to read through.
@Suite struct ExplanationTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return files.filter { $0.hasSuffix(".txt") }.sorted()
    }()

    /// `# METHOD URL ORIGIN CREDENTIALS | STATUS | Name: value | …`
    private static func explain(_ input: String) throws -> Explanation {
        let line = try #require(input.split(separator: "\n").first).dropFirst(2)
        let parts = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        let words = parts[0].split(separator: " ").map(String.init)
        let loader = ConfigurationLoader(environment: [:]) { _ in [] }
        let configuration = try CompiledConfiguration(loader.load(text: input, file: "letterhead.yaml"))
        var question = ExplainQuestion(
            request: try #require(SimulatedRequest(method: words[0], url: words[1])), unixSeconds: 784_111_777)
        question.origin = words[2] == "-" ? nil : words[2]
        question.credentials = try #require(PageFetch.Credentials(rawValue: words[3]))
        var answer: SimulatedAnswer = .fault(.connectFailed)
        if let status = UInt16(parts[1]) {
            answer = .response(
                status: .init(rawValue: status),
                fields: parts.dropFirst(2).map { text in
                    let field = text.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                    return FieldText(field[0], field[1])
                })
        }
        var explainer = Explainer(question, on: configuration)
        while true {
            switch try explainer.next() {
            case .done(let explanation): return explanation
            case .needsAnswer(let one): one.exchange.receive(answer)
            }
        }
    }

    @Test(arguments: names)
    func golden(_ name: String) throws {
        let url = Self.folder.appending(path: name)
        let text = try String(contentsOf: url, encoding: .utf8)
        let separator = String(repeating: "-", count: 40) + "\n"
        let parts = text.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false)
        let input = String(parts[0])
        let result = try Self.explain(input).text(Style(isColored: false))
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
            try (input + separator + result).write(to: url, atomically: true, encoding: .utf8)
        } else {
            #expect(result == String(parts.last ?? ""))
        }
    }

    /// Who made a line is the same in both forms, also of the `Date` that the proxy adds.
    @Test(arguments: [("", "proxy"), (" | Date: Sun, 06 Nov 1994 08:49:37 GMT", "app")])
    func makerOfTheDate(_ field: String, _ maker: String) throws {
        let explanation = try Self.explain(
            """
            # GET http://a.example/ - omit | 200 | X-A: 1\(field)
            listen: 127.0.0.1:8080
            upstreams: { app: http://127.0.0.1:5000 }

            """)
        let line = try #require(explanation.text(Style(isColored: false)).split(separator: "\n").last { $0.contains("Date: ") })
        #expect(line.hasSuffix("  \(maker)"), "\(line)")
        let json = explanation.json.written().filter { !$0.isWhitespace }
        #expect(json.contains("\"name\":\"Date\",\"value\":\"Sun,06Nov199408:49:37GMT\",\"made_by\":\"\(maker)\""), "\(json)")
    }

    @Test func thereAreSome() { #expect(Self.names.count >= 5) }
}
