import HTTPModel

/// Everything that a message can do wrong.
enum Fault: UInt8, Sendable, CaseIterable {
    // The first line.
    case tlsHandshake, invalidMethod, methodTooLong, invalidTarget, targetTooLong, missingVersion, invalidVersion
    case unsupportedVersion, invalidStatus, invalidReason
    // Field lines.
    case bareCR, bareLF, controlByte, emptyName, invalidName, blankInName, foldedLine, missingColon, headerTooLarge
    case tooManyFields
    // What the head says as a whole.
    case missingHost, duplicateHost, invalidHost, hostMismatch
    case lengthAndCoding, duplicateLength, invalidLength, duplicateCoding, malformedCoding, unknownCoding, codingInHTTP10
    case unexpectedBody, unknownExpectation, upgradeWithoutProtocol, informationalFlood
    // The body.
    case invalidChunkSize, chunkTooLarge, invalidChunkExtension, chunkExtensionsTooLong, invalidChunkEnd
    case forbiddenTrailer, trailersTooLarge, truncated

    /// The status for a client, the reason for logs, the message for people.
    var description: (Status, String, String) {
        switch self {
        case .tlsHandshake: (400, "tls_handshake", "A TLS handshake came to a port that speaks plain HTTP.")
        case .invalidMethod: (400, "invalid_method", "The message does not begin with a method and one space.")
        case .methodTooLong: (501, "method_too_long", "The method is longer than any that is known.")
        case .invalidTarget: (400, "invalid_target", "The request target is not one that the method may have.")
        case .targetTooLong: (414, "target_too_long", "The request target is longer than the limit.")
        case .missingVersion: (400, "missing_version", "The request line has no HTTP version.")
        case .invalidVersion: (400, "invalid_version", "The first line has no well-formed HTTP version.")
        case .unsupportedVersion: (505, "unsupported_version", "The HTTP version is neither 1.0 nor 1.1.")
        case .invalidStatus: (400, "invalid_status", "The status line has no status code from 100 to 599.")
        case .invalidReason: (400, "invalid_reason", "The reason phrase has a byte that it may not have.")
        case .bareCR: (400, "bare_cr", "A carriage return is not followed by a line feed.")
        case .bareLF: (400, "bare_lf", "A line ends in a line feed without a carriage return.")
        case .controlByte: (400, "control_byte", "A field value has a control character.")
        case .emptyName: (400, "empty_name", "A field line has no name.")
        case .invalidName: (400, "invalid_name", "A field name has a byte that no name may have.")
        case .blankInName: (400, "blank_in_name", "A field name has a blank inside it or before its colon.")
        case .foldedLine: (400, "folded_line", "A field line begins with a blank: line folding is obsolete.")
        case .missingColon: (400, "missing_colon", "A field line has no colon.")
        case .headerTooLarge: (431, "header_too_large", "The header lines together are longer than the limit.")
        case .tooManyFields: (431, "too_many_fields", "There are more header lines than the limit.")
        case .missingHost: (400, "missing_host", "An HTTP/1.1 request has no Host field.")
        case .duplicateHost: (400, "duplicate_host", "The request has more than one Host field.")
        case .invalidHost: (400, "invalid_host", "The Host field is not a host with an optional port.")
        case .hostMismatch: (400, "host_mismatch", "The request target names another host than the Host field.")
        case .lengthAndCoding:
            (400, "length_and_coding", "The message has both a Content-Length and a Transfer-Encoding.")
        case .duplicateLength: (400, "duplicate_length", "The message has more than one Content-Length.")
        case .invalidLength: (400, "invalid_length", "The Content-Length is not one plain decimal number.")
        case .duplicateCoding: (400, "duplicate_coding", "The message has more than one Transfer-Encoding.")
        case .malformedCoding: (400, "malformed_coding", "The Transfer-Encoding is not the one word \"chunked\".")
        case .unknownCoding: (501, "unknown_coding", "The Transfer-Encoding is another than \"chunked\".")
        case .codingInHTTP10: (400, "coding_in_http_1_0", "An HTTP/1.0 message has a Transfer-Encoding.")
        case .unexpectedBody: (400, "unexpected_body", "The message announces a body where there can be none.")
        case .unknownExpectation: (417, "unknown_expectation", "The Expect field is not \"100-continue\".")
        case .upgradeWithoutProtocol:
            (400, "upgrade_without_protocol", "A 101 response does not name the protocol, or is not HTTP/1.1.")
        case .informationalFlood: (400, "informational_flood", "There are too many informational responses.")
        case .invalidChunkSize: (400, "invalid_chunk_size", "A chunk size is not a plain hexadecimal number.")
        case .chunkTooLarge: (400, "chunk_too_large", "A chunk size is larger than any body can be.")
        case .invalidChunkExtension: (400, "invalid_chunk_extension", "A chunk extension is malformed.")
        case .chunkExtensionsTooLong: (400, "chunk_extensions_too_long", "The chunk extensions are longer than the limit.")
        case .invalidChunkEnd: (400, "invalid_chunk_end", "The data of a chunk is not followed by CRLF.")
        case .forbiddenTrailer: (400, "forbidden_trailer", "A trailer field frames the message or names its host.")
        case .trailersTooLarge: (431, "trailers_too_large", "The trailer lines are longer or more than the limit.")
        case .truncated: (400, "truncated", "The connection ended inside the message.")
        }
    }
}
