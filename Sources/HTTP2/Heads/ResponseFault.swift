/// The errors of an HTTP/2 upstream, in a response or on its connection.
public enum ResponseFault: Sendable, Hashable, CaseIterable {
    // Errors in the head.
    case badStatus, headerTooLarge, tooManyFields, badFieldName, badFieldValue, connectionSpecificField, badContentLength
    case informationalEnd, informationalFlood
    // Errors after the head.
    case dataBeforeHead, contentLengthMismatch, trailersWithoutEnd, forbiddenTrailer, trailersTooLarge
    /// The first frame is not SETTINGS.
    case notHTTP2
    // Error codes of the stream or the connection (RFC 9113 §7).
    case protocolError, flowControlError, frameSizeError, compressionError, streamClosed, enhanceYourCalm

    /// The fault that an error code stands for when no other is known; nil if the code does not mean a bad response.
    public init?(errorCode: UInt32) {
        switch errorCode {
        case ErrorCode.protocolError: self = .protocolError
        case ErrorCode.flowControlError: self = .flowControlError
        case ErrorCode.frameSizeError: self = .frameSizeError
        case ErrorCode.compressionError: self = .compressionError
        case ErrorCode.streamClosed: self = .streamClosed
        case ErrorCode.enhanceYourCalm: self = .enhanceYourCalm
        default: return nil
        }
    }

    /// The error code with which the stream is reset.
    var errorCode: UInt32 {
        switch self {
        case .informationalFlood, .trailersTooLarge, .enhanceYourCalm: ErrorCode.enhanceYourCalm
        case .flowControlError: ErrorCode.flowControlError
        case .frameSizeError: ErrorCode.frameSizeError
        case .compressionError: ErrorCode.compressionError
        case .streamClosed: ErrorCode.streamClosed
        default: ErrorCode.protocolError
        }
    }

    /// The cause in snake_case, for logs and counters.
    public var reason: String { description.reason }
    /// The cause as a sentence for operators.
    public var message: String { description.message }

    private var description: (reason: String, message: String) {
        switch self {
        case .badStatus: ("bad_status", "The head does not begin with a :status from 100 to 599 that HTTP/2 has.")
        case .headerTooLarge: ("header_too_large", "The header lines together are longer than the limit.")
        case .tooManyFields: ("too_many_fields", "There are more header lines than the limit.")
        case .badFieldName:
            (
                "bad_field_name",
                "A field name has a byte that no name may have, or a capital, or is a pseudo-field's in the wrong place."
            )
        case .badFieldValue: ("bad_field_value", "A field value has a control character, or a blank at an end.")
        case .connectionSpecificField: ("connection_specific_field", "A field belongs to a connection of HTTP/1.")
        case .badContentLength: ("bad_content_length", "The content-length is not one plain decimal number.")
        case .informationalEnd: ("informational_end", "An informational response ends the stream.")
        case .informationalFlood: ("informational_flood", "There are too many informational responses.")
        case .dataBeforeHead: ("data_before_head", "DATA came before a head.")
        case .contentLengthMismatch: ("content_length_mismatch", "The body is not as long as its content-length says.")
        case .trailersWithoutEnd: ("trailers_without_end", "Trailers do not end the stream.")
        case .forbiddenTrailer: ("forbidden_trailer", "A trailer field frames the message or names its host.")
        case .trailersTooLarge: ("trailers_too_large", "The trailer lines are longer than the limit.")
        case .notHTTP2: ("not_http_2", "What came is not HTTP/2.")
        case .protocolError: ("protocol_error", "A frame is not as HTTP/2 has it: PROTOCOL_ERROR.")
        case .flowControlError: ("flow_control_error", "A flow-control window was overrun: FLOW_CONTROL_ERROR.")
        case .frameSizeError: ("frame_size_error", "A frame has a size that it may not have: FRAME_SIZE_ERROR.")
        case .compressionError: ("compression_error", "The header compression is broken: COMPRESSION_ERROR.")
        case .streamClosed: ("stream_closed", "A frame came for a stream that had ended: STREAM_CLOSED.")
        case .enhanceYourCalm: ("enhance_your_calm", "There were too many frames without use: ENHANCE_YOUR_CALM.")
        }
    }
}
