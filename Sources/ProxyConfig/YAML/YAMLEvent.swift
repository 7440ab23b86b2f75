/// One event of a YAML text: what begins or ends there, and where.
struct YAMLEvent {
    enum Kind {
        case documentStart
        case documentEnd
        case streamEnd
        case scalar(String, Style)
        /// `*name`.
        case alias(String)
        case listStart
        case mappingStart
        /// Of a list or a mapping.
        case collectionEnd
        /// What says nothing to a reader.
        case other
    }

    enum Style { case plain, quoted, block }

    var kind: Kind
    /// `&name`.
    var anchor: String?
    /// In full, as `tag:yaml.org,2002:int` for `!!int`.
    var tag: String?
    /// The first character, an anchor or a tag included.
    var start: Place
    /// Behind the last character.
    var end: Place
}

/// Why a text is not YAML, in libyaml's words.
struct YAMLFault: Error {
    var problem: String
    var place: Place
    /// What it was reading, and where that began.
    var context: (text: String, place: Place)?
}
