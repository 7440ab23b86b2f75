public import HTTPModel

extension CompiledPolicy {
    /// Writes into the head of a 103 (RFC 8297) the `Link` lines that rules with `early_hints` will also give to the final
    /// response. Returns false and writes nothing when there are none for this request.
    ///
    /// Only requests for a page get hints: GET or HEAD with `Sec-Fetch-Mode: navigate`, because browsers use hints for nothing
    /// else. A client that does not say what it fetches for (an older browser, a CDN) gets them, too. HTTP/1.1 clients get only
    /// those of `early_hints: always`, as some of them take a 103 for the response; HTTP/1.0 clients get none.
    ///
    /// - Parameter head: the head to write into; the caller has cleared it.
    public func earlyHints(
        into head: inout ResponseHead, facts: borrowing ExchangeFacts, scratch: inout StageScratch
    ) -> Bool {
        guard !hints.all.isEmpty, isNavigation(facts.request) else { return false }
        head.status = 103
        switch facts.request.version {
        case .http2: hints.all.apply(to: &head.fields, status: 103, facts: facts, scratch: &scratch)
        case .http11: hints.always.apply(to: &head.fields, status: 103, facts: facts, scratch: &scratch)
        case .http10: break
        }
        return !head.fields.isEmpty
    }

    private func isNavigation(_ request: borrowing RequestHead) -> Bool {
        guard request.method == .get || request.method == .head else { return false }
        guard let line = request.fields.firstIndex(of: hints.fetchMode) else { return true }
        return request.fields.value(at: line).equals("navigate")
    }
}
