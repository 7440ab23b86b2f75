internal import CYAML

/// libyaml's parser of one text, whose events are copied into Swift values.
///
/// It reads the text itself, so its marks count characters. The parser and the bytes are on the heap at stable addresses, because
/// libyaml keeps pointers into both.
@safe struct EventParser: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    /// Fails when there is not enough memory.
    init?(_ text: String) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        // libyaml initializes the whole parser, or fails without keeping any of it.
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            return nil
        }
        let utf8 = Array(text.utf8)
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: utf8.count)
        _ = unsafe bytes.initialize(from: utf8)
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        // Both live until `deinit`.
        unsafe yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
        unsafe self.parser = parser
        unsafe self.bytes = bytes
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe bytes.deallocate()
    }

    /// Returns the next event; `other` after the end of the stream and after an error.
    mutating func next() throws(YAMLFault) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        // libyaml writes the event before it returns 1, and frees nothing that it was given.
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw fault }
        defer { unsafe yaml_event_delete(&event) }
        return unsafe YAMLEvent(event)
    }

    private var fault: YAMLFault {
        // The texts are libyaml's constants.
        let parser = unsafe self.parser.pointee
        let problem = unsafe parser.problem.map { unsafe String(cString: $0) }
        let context = unsafe parser.context.map { unsafe String(cString: $0) }
        return unsafe YAMLFault(
            problem: problem ?? "there is no memory to read it", place: Place(parser.problem_mark),
            context: context.map { ($0, unsafe Place(parser.context_mark)) })
    }
}

extension Place {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
    }
}

extension YAMLEvent {
    /// Copies the part of the union that the event's type indicates, because the event is deleted afterwards.
    fileprivate init(_ event: yaml_event_t) {
        let data = unsafe event.data
        var (anchor, tag): (UnsafeMutablePointer<yaml_char_t>?, UnsafeMutablePointer<yaml_char_t>?) = (nil, nil)
        switch unsafe event.type {
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_STREAM_END_EVENT: kind = .streamEnd
        case YAML_ALIAS_EVENT: kind = unsafe .alias(Self.text(data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = unsafe data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            kind = unsafe .scalar(String(decoding: bytes, as: UTF8.self), Style(scalar.style))
            unsafe (anchor, tag) = unsafe (scalar.anchor, scalar.tag)
        case YAML_SEQUENCE_START_EVENT:
            kind = .listStart
            unsafe (anchor, tag) = unsafe (data.sequence_start.anchor, data.sequence_start.tag)
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            unsafe (anchor, tag) = unsafe (data.mapping_start.anchor, data.mapping_start.tag)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: kind = .collectionEnd
        default: kind = .other
        }
        self.anchor = unsafe Self.text(anchor)
        self.tag = unsafe Self.text(tag)
        start = unsafe Place(event.start_mark)
        end = unsafe Place(event.end_mark)
    }

    /// Returns a text of libyaml, which ends with a zero.
    private static func text(_ start: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let start = unsafe start else { return nil }
        return unsafe String(cString: start)
    }
}

extension YAMLEvent.Style {
    fileprivate init(_ style: yaml_scalar_style_t) {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: self = .quoted
        case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: self = .block
        default: self = .plain
        }
    }
}
