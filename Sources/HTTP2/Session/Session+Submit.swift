internal import CNghttp2
internal import HTTPModel

extension Session {
    private static let statusName: [UInt8] = Array(":status".utf8)

    /// Submits a final response head.
    func submitFinal(_ stream: StreamState, _ head: borrowing ResponseHead, hasBody: Bool) {
        let digits = takeDigits(head.status)
        var lines = takeLines()
        lines.append(name: Self.statusName.span, value: digits.span)
        stream.keep(head.fields, in: &lines)
        // `digits` owns what the first line points to, and the stream what the others do: it is not touched again until nghttp2
        // has forgotten it. The provider points to the stream too, which `active` owns as long as nghttp2 knows it.
        if hasBody {
            var provider = unsafe bodyProvider(stream)
            check(unsafe nghttp2_submit_response(handle, stream.id, lines.entries, lines.entries.count, &provider))
        } else {
            check(unsafe nghttp2_submit_response(handle, stream.id, lines.entries, lines.entries.count, nil))
        }
        self.lines = lines
        self.digits = digits
    }

    /// Submits an interim response head.
    func submitInterim(_ stream: StreamState, _ head: borrowing ResponseHead) {
        let digits = takeDigits(head.status)
        var lines = takeLines()
        lines.append(name: Self.statusName.span, value: digits.span)
        lines.append(head.fields, isKept: false)
        // `head` and `digits` own what the lines point to while they are submitted.
        check(
            unsafe nghttp2_submit_headers(
                handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, nil, lines.entries, lines.entries.count, nil))
        self.lines = lines
        self.digits = digits
    }

    /// Submits trailers. False if there is nothing to send.
    func submitTrailers(_ stream: StreamState, _ trailers: borrowing Fields) -> Bool {
        var lines = takeLines()
        lines.append(trailers, isKept: false)
        // `trailers` owns what the lines point to.
        if !lines.isEmpty { check(unsafe nghttp2_submit_trailer(handle, stream.id, lines.entries, lines.entries.count)) }
        self.lines = lines
        return !lines.isEmpty
    }

    /// Submits a request with the given lines; returns its stream, or a negative number if there can be none.
    func submitRequest(_ stream: StreamState, _ lines: FieldLines, hasBody: Bool) -> Int32 {
        // The caller owns what the lines point to, and the stream what is kept of that. `active` owns the stream, to which nghttp2
        // keeps a pointer until it reports the stream as closed.
        let pointer = unsafe Unmanaged.passUnretained(stream).toOpaque()
        guard hasBody else {
            return unsafe nghttp2_submit_request(handle, nil, lines.entries, lines.entries.count, nil, pointer)
        }
        var provider = unsafe bodyProvider(stream)
        return unsafe nghttp2_submit_request(handle, nil, lines.entries, lines.entries.count, &provider, pointer)
    }

    /// Takes the reusable list, emptied; the caller puts it back.
    func takeLines() -> FieldLines {
        var taken = FieldLines()
        swap(&taken, &lines)
        taken.removeAll()
        return taken
    }

    /// Takes the reusable buffer, with the status's three digits; the caller puts it back once nothing points to it.
    private func takeDigits(_ status: Status) -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &digits)
        let digits = status.digits
        for place in digits.indices { taken[place] = digits[place] }
        return taken
    }
}
