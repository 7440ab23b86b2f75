internal import HTTPModel

/// One stream. The session keeps these for reuse, so that a connection's later exchanges find storage of earlier ones.
final class StreamState {
    var id: Int32 = 0
    /// Its place in the session's list of open streams.
    var index = 0

    // What comes in.
    /// The request on a server session.
    var request = RequestHead()
    /// The response on a client session.
    var response = ResponseHead()
    /// Interim responses that the owner has not taken.
    var interim: [ResponseHead] = []
    var trailers: Fields?
    /// The names of trailer fields that were left out.
    var droppedTrailers: [String] = []
    /// What was wrong with the message.
    var fault: ResponseFault?
    /// `:protocol` of an extended CONNECT.
    var connectProtocol: [UInt8] = []
    /// Body bytes that must still come, where the head says.
    var bodyLeft: Int?
    /// Body bytes that the owner has been told of and has not consumed.
    var unconsumed = 0
    /// A final head has come.
    var hasHead = false
    /// A HEAD request: a length in its response is not that of a body.
    var isHead = false
    var remoteEnded = false
    var wasResetByPeer = false
    /// What still comes of the body is dropped.
    var discardsBody = false
    /// Sent in RST_STREAM after the last frame of the response, when set: always, or only if the peer is not done.
    var codeAfterResponse: UInt32?
    var isMalformed = false

    // What goes out.
    var hasFinalHead = false
    /// The request's head has gone out.
    var wasSent = false
    /// Bytes in the owner's queue that have not been framed.
    var offered = 0
    var isFinished = false
    var outboundTrailers: Fields?
    /// nghttp2 waits for `nghttp2_session_resume_data`.
    var isDeferred = false
    var localEnded = false

    /// The owner knows of it and has not been told that it is gone.
    var isAnnounced = false
    /// Reset by the owner or by a check here: nothing of it matters any more.
    var isReset = false
    var wasResetByOwner = false

    /// Ready for another stream; keeps storage, but not that of a large message.
    func clear() {
        id = 0
        request.removeAll()
        request.trim(to: 16 << 10)
        response.removeAll()
        response.trim(to: 16 << 10)
        interim.removeAll()
        trailers = nil
        droppedTrailers = []
        fault = nil
        connectProtocol.removeAll(keepingCapacity: true)
        bodyLeft = nil
        unconsumed = 0
        hasHead = false
        isHead = false
        remoteEnded = false
        wasResetByPeer = false
        discardsBody = false
        codeAfterResponse = nil
        isMalformed = false
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
