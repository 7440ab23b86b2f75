internal import HTTPModel

/// The state of one stream. The session reuses these, so that later exchanges of a connection find the storage of earlier ones.
final class StreamState {
    var id: Int32 = 0
    /// The index in the session's list of open streams.
    var index = 0

    // The received message.
    /// The request, on a server session.
    var request = RequestHead()
    /// The response, on a client session.
    var response = ResponseHead()
    /// The interim responses that the owner has not taken yet.
    var interim: [ResponseHead] = []
    var trailers: Fields?
    /// The names of fields under which its head was read; nil if they are still the session's.
    var names: FieldNames?
    /// The names of trailer fields that were left out.
    var droppedTrailers: [String] = []
    /// The fault in the message; nil if there is none.
    var fault: ResponseFault?
    /// The `:protocol` of an extended CONNECT.
    var connectProtocol: [UInt8] = []
    /// The body bytes that must still arrive; nil if the head does not say.
    var bodyLeft: Int?
    /// The body bytes that the owner has been told of and has not consumed.
    var unconsumed = 0
    /// Whether a final head has arrived.
    var hasHead = false
    /// Whether this is a HEAD request, where a length in the response is not that of a body.
    var isHead = false
    var remoteEnded = false
    var wasResetByPeer = false
    /// Whether the rest of the received body is dropped.
    var discardsBody = false
    /// The code for an RST_STREAM after the last frame of the response, either always or only if the peer is not done; nil for
    /// none.
    var codeAfterResponse: UInt32?
    var isMalformed = false

    // The sent message.
    /// The fields of its head, with names in lower case. nghttp2 reads them when it makes the frame, so that they must not change
    /// until it has forgotten the stream.
    private var sent = Fields()
    var hasFinalHead = false
    /// Whether the request's head has been sent.
    var wasSent = false
    /// The bytes in the owner's queue that have not been framed yet.
    var offered = 0
    var isFinished = false
    var outboundTrailers: Fields?
    /// Whether nghttp2 waits for `nghttp2_session_resume_data`.
    var isDeferred = false
    var localEnded = false

    /// Whether the owner knows of the stream and has not been told that it is gone.
    var isAnnounced = false
    /// Whether the stream was reset by the owner or by a check here, so that nothing of it matters any more.
    var isReset = false
    var wasResetByOwner = false

    /// Keeps the fields of the head that is about to be sent, and appends them to its lines. Called once, since nghttp2 may still
    /// read what was kept before.
    func keep(_ fields: borrowing Fields, in lines: inout FieldLines, except omitted: FieldID = .unknown) {
        // Borrowing what an object holds copies it, while swapping does not. The bytes stay where they are.
        var kept = Fields()
        swap(&kept, &sent)
        kept.assign(lowercasing: fields)
        lines.append(kept, except: omitted, isKept: true)
        swap(&kept, &sent)
    }

    /// Prepares for another stream; keeps the storage, at most `kept` bytes for each buffer.
    func clear(keeping kept: Int) {
        id = 0
        request.removeAll()
        request.trim(to: kept)
        response.removeAll()
        response.trim(to: kept)
        interim.removeAll()
        trailers = nil
        names = nil
        droppedTrailers = []
        fault = nil
        connectProtocol.clear()
        bodyLeft = nil
        unconsumed = 0
        hasHead = false
        isHead = false
        remoteEnded = false
        wasResetByPeer = false
        discardsBody = false
        codeAfterResponse = nil
        isMalformed = false
        sent.removeAll()
        sent.trim(to: kept)
        hasFinalHead = false
        wasSent = false
        offered = 0
        isFinished = false
        outboundTrailers = nil
        isDeferred = false
        localEnded = false
        isAnnounced = false
        isReset = false
        wasResetByOwner = false
    }
}
