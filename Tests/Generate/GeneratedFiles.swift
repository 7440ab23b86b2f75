import Diagnosis
package import Foundation
import ProxyConfig

/// The files that are generated from the declarations of the keys.
package enum GeneratedFiles {
    /// Returns the paths of the files and what they have to contain. In pages of the reference, the text between the tables stays.
    package static func all(in root: URL) throws -> [(path: String, text: String)] {
        let template = try String(contentsOf: root.appending(path: "Tests/Generate/letterhead.yaml.template"), encoding: .utf8)
        let pages = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "config/reference").path())
        return [
            ("config/schema.json", Schema.configuration.text), ("config/test-schema.json", Schema.policyTests.text),
            ("config/letterhead.yaml", AnnotatedFile(template: template).text),
        ]
            + (try pages.filter { $0.hasSuffix(".md") }.sorted().map { "config/reference/\($0)" }.map { page in
                (page, KeyTable.written(into: try String(contentsOf: root.appending(path: page), encoding: .utf8)))
            })
    }
}
