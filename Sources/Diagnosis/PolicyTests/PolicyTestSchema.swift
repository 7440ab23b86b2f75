package import ProxyConfig

extension Schema {
    /// The schema of files with policy tests.
    package static var policyTests: Schema {
        Schema(
            id: "\(Documentation.address)/config/test-schema.json", title: "Letterhead policy tests", root: TestFileKey.section,
            sections: Vocabulary.testSections,
            values: #"""
                    "tests": { "type": "array", "items": { "$ref": "#/$defs/test" } },
                    "lines": { "type": "array", "items": { "type": "string" } },
                    "fields": {
                      "type": "object",
                      "additionalProperties": { "oneOf": [{ "type": ["string", "number"] }, { "$ref": "#/$defs/lines" }] }
                    },
                    "expectations": {
                      "type": "object",
                      "additionalProperties": {
                        "oneOf": [
                          { "description": "A value, or absent, present, once.", "type": ["string", "number"] },
                          { "description": "Exactly these lines, in order.", "$ref": "#/$defs/lines" },
                          { "$ref": "#/$defs/test_field" }
                        ]
                      }
                    }
                """#)
    }
}
