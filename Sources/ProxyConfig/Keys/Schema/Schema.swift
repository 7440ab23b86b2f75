import HTTPModel
import ProxyCore

/// The JSON Schema by which editors complete and check a file, made from the declarations of the keys.
package struct Schema {
    /// The address at which it is published, beside the reference.
    var id: String
    var title: String
    /// The section that describes the whole file.
    var root: String
    var sections: [Vocabulary.Section]
    /// The definitions of values that are not mappings with known keys, as JSON.
    var values: String

    package init(id: String, title: String, root: String, sections: [Vocabulary.Section], values: String) {
        self.id = id
        self.title = title
        self.root = root
        self.sections = sections
        self.values = values
    }

    package static var configuration: Schema {
        Schema(
            id: "\(Documentation.address)/config/schema.json", title: "Letterhead configuration", root: RootKey.section,
            sections: Vocabulary.sections, values: definedValues)
    }

    package var text: String {
        """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": \(id.jsonQuoted),
          "title": \(title.jsonQuoted),
          "$ref": \(ValueType.address(root)),
          "$defs": {
        \(sections.map(\.schema).joined())\(values)
          }
        }

        """
    }
}

extension Vocabulary.Section {
    fileprivate var schema: String {
        let required = keys.indices.filter { declarations[$0].isRequired }.map { keys[$0].jsonQuoted }
        var members: [String] = []
        if !sentence.isEmpty { members.append(#""description": \#(sentence.jsonQuoted)"#) }
        members.append(form.schema)
        if !required.isEmpty { members.append(#""required": [\#(required.joined(separator: ", "))]"#) }
        members.append(#""additionalProperties": false"#)
        let properties = zip(keys, declarations).map { "        \($0.jsonQuoted): { \($1.schema) }" }
        return """
                \(name.jsonQuoted): {
                  \(members.joined(separator: ",\n      ")),
                  "properties": {
            \(properties.joined(separator: ",\n"))
                  }
                },

            """
    }
}

extension MappingForm {
    fileprivate var schema: String {
        switch self {
        case .mapping: return #""type": "object""#
        case .optional: return #""type": ["object", "null"]"#
        case .filled: return #""type": "object", "minProperties": 1"#
        case .single: return #""type": "object", "minProperties": 1, "maxProperties": 1"#
        case .with(let one):
            let alternatives = one.map { #"{ "required": [\#($0.jsonQuoted)] }"# }
            return #""type": "object", "oneOf": [\#(alternatives.joined(separator: ", "))]"#
        }
    }
}

extension KeyDeclaration {
    fileprivate var schema: String {
        var description = plainSentence
        // The schema of a number states its bounds in members of their own.
        if let bounds = type.writtenBounds, !type.schema.contains(text: "minimum") { description += " \(bounds)." }
        var members = [#""description": \#(description.jsonQuoted)"#, type.schema]
        if let fallback, fallback != "on" { members.append(#""default": \#(fallback.schemaValue)"#) }
        return members.joined(separator: ", ")
    }
}
