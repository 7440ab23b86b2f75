public import HTTPModel

extension ResponseHead {
    /// The log's word for this answer of the proxy's to a CORS preflight: whether the browser goes on to the request (Fetch §4.8).
    public func preflightReason(for request: borrowing RequestHead) -> String {
        grants(request) ? "preflight" : "preflight_refused"
    }

    private func grants(_ request: borrowing RequestHead) -> Bool {
        guard let origin = request.fields.firstIndex(of: .origin),
            let method = request.fields.firstIndex(of: .accessControlRequestMethod),
            let allowed = fields.firstIndex(of: .accessControlAllowOrigin),
            fields.value(at: allowed).equals("*")
                || fields.value(at: allowed).equals(request.fields.value(at: origin)),
            allows(method: request.fields.value(at: method))
        else { return false }
        var next = request.fields.firstIndex(of: .accessControlRequestHeaders)
        while let asked = next {
            let names = request.fields.value(at: asked)
            var members = ListMembers()
            while let name = members.next(in: names) {
                guard lists(.accessControlAllowHeaders, names.extracting(name), isName: true) else { return false }
            }
            next = request.fields.firstIndex(of: .accessControlRequestHeaders, from: asked &+ 1)
        }
        return true
    }

    private func allows(method: Span<UInt8>) -> Bool {
        method.equals("GET") || method.equals("HEAD") || method.equals("POST")
            || lists(.accessControlAllowMethods, method, isName: false)
    }

    /// `*` is for all but Authorization. Whether credentials go along, for which it does not count, the preflight does not say.
    private func lists(_ id: FieldID, _ word: Span<UInt8>, isName: Bool) -> Bool {
        var next = fields.firstIndex(of: id)
        while let line = next {
            let list = fields.value(at: line)
            var members = ListMembers()
            while let range = members.next(in: list) {
                let member = list.extracting(range)
                if isName ? member.equalsIgnoringCase(word) : member.equals(word) { return true }
                if member.equals("*"), !(isName && word.equalsIgnoringCase("authorization".utf8.span)) { return true }
            }
            next = fields.firstIndex(of: id, from: line &+ 1)
        }
        return false
    }
}
