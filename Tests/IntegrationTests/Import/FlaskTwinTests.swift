import Foundation
import TestSupport
import Testing

/// Programs with the real flask-cors, and Letterhead with what `import flask-cors` makes of each in front of the same program
/// without: a browser comes to the same answers, by `flask_twin.py`. A program's `# differs:` are expressions of what does not, each
/// of which is found, and is announced by a note.
@Suite struct FlaskTwinTests {
    static let folder = "\(Places.repository)/Tests/IntegrationTests/Import"
    static let programs =
        (try? FileManager.default.contentsOfDirectory(atPath: folder + "/flask").filter { $0.hasSuffix(".py") }.sorted()) ?? []

    @Test func areThere() { #expect(Self.programs.count > 8) }

    @Test(arguments: programs)
    func alike(_ name: String) throws {
        let program = "\(Self.folder)/flask/\(name)"
        let source = try String(contentsOfFile: program, encoding: .utf8)
        let expected = source.split(separator: "\n").filter { $0.hasPrefix("# differs: ") }.map { String($0.dropFirst(11)) }
        // Some thousand requests to each of the two: half a minute of a core that others want as well.
        let twin = try run(
            Places.python("python"), ["\(Self.folder)/flask_twin.py", Places.letterhead, program], within: 400)
        #expect(twin.status == 0, "\(twin.errors)")
        let lines = twin.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let end = lines.firstIndex { $0.hasPrefix("--------") } ?? lines.endIndex
        let differences = lines[..<end]
        let configuration = lines[end...].joined(separator: "\n")
        var unseen = Set(expected)
        for line in differences {
            let known = try expected.filter { try Regex($0).firstMatch(in: line) != nil }
            #expect(!known.isEmpty, "\(line)\n\(configuration)")
            unseen.subtract(known)
        }
        #expect(unseen.isEmpty, "these do not differ")
        #expect(expected.isEmpty || !configuration.contains("Everything carried over."))
    }
}
