import Foundation
import HeaderPolicy
import ProxyCore
import Testing

@testable import ProxyConfig

struct VocabularyTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    static func schema() throws -> [String: Any] {
        let data = try Data(contentsOf: root.appending(path: "config/schema.json"))
        let schema = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        return try #require(schema["$defs"] as? [String: Any])
    }

    @Test func theSchemaHasAName() throws {
        let schema = try JSONSerialization.jsonObject(with: Data(Schema.configuration.text.utf8)) as? [String: Any]
        #expect(schema?["$id"] as? String == "\(Documentation.address)/config/schema.json")
    }

    @Test func everyReferenceOfTheSchemaExists() throws {
        let definitions = try Self.schema()
        let text = try String(contentsOf: Self.root.appending(path: "config/schema.json"), encoding: .utf8)
        for reference in text.matches(of: /"#\/\$defs\/(\w+)"/) {
            #expect(definitions[String(reference.1)] != nil, "\(reference.1)")
        }
    }

    @Test func theDefaultConfigurationLoadsAndNamesEveryKey() throws {
        let text = try String(contentsOf: Self.root.appending(path: "config/letterhead.yaml"), encoding: .utf8)
        let outcome = ConfigurationLoader(environment: [:]) { _ in [] }.read(text: text, file: "letterhead.yaml")
        #expect(outcome.diagnostics.map(\.description) == [])
        #expect(outcome.configuration?.upstreams.map { "\($0.servers[0].value)" } == ["127.0.0.1:5000"])
        for key in Set(Vocabulary.sections.filter { !["sample", "field_test"].contains($0.name) }.flatMap(\.keys)) {
            #expect(try text.contains(Regex("\\b\(key)\\b")), "\(key) is not in the annotated default")
        }
    }
}
