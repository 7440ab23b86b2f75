/// One event of a YAML text: the begin or end of something, and its place.
struct YAMLEvent {
    enum Kind {
        case documentStart
        case documentEnd
        case streamEnd
        case scalar(String, Style)
        /// An alias, written `*name`.
        case alias(String)
        case listStart
        case mappingStart
        /// The end of a list or a mapping.
        case collectionEnd
        /// An event without meaning for a reader.
        case other
    }

    enum Style { case plain, quoted, block }

    var kind: Kind
    /// The name in `&name`.
    var anchor: String?
    /// The full tag, such as `tag:yaml.org,2002:int` for `!!int`.
    var tag: String?
    /// The place of the first character, including an anchor or tag.
    var start: Place
    /// The place after the last character.
    var end: Place
}

/// The reason why a text is not YAML, in libyaml's words.
struct YAMLFault: Error {
    var problem: String
    var place: Place
    /// The construct that was being read, and its beginning.
    var context: (text: String, place: Place)?
}
