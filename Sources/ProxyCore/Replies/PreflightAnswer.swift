public import HTTPModel

/// The part of a CORS preflight that a browser takes as refused by the answer.
public struct PreflightRefusal: Sendable, Hashable {
    public enum Part: String, Sendable, Hashable, CaseIterable { case origin, method, field }

    public var part: Part
    /// The first field that is not allowed: its line among the request's fields, and where its name stands in it.
    var line = 0
    var range = 0..<0
}

extension ResponseHead {
    /// The most names of fields that are judged. Each is compared with all allowed names, and if those are echoed, the client has
    /// chosen both lists. No page asks for so many.
    static var judgedNames: Int { 64 }

    /// Returns the first thing that a CORS preflight asks for and this answer does not allow; nil if the browser goes on to the
    /// request (Fetch §4.8).
    public func refusal(of request: borrowing RequestHead) -> PreflightRefusal? {
        guard let origin = request.fields.firstIndex(of: .origin), allows(origin: request.fields.value(at: origin)) else {
            return PreflightRefusal(part: .origin)
        }
        guard let method = request.fields.firstIndex(of: .accessControlRequestMethod),
            allows(method: request.fields.value(at: method))
        else { return PreflightRefusal(part: .method) }
        var next = request.fields.firstIndex(of: .accessControlRequestHeaders)
        var judged = 0
        while let asked = next {
            let names = request.fields.value(at: asked)
            var members = ListMembers()
            while let name = members.next(in: names) {
                judged &+= 1
                guard judged <= Self.judgedNames else { return nil }
                guard lists(.accessControlAllowHeaders, names.extracting(name), isName: true) else {
                    return PreflightRefusal(part: .field, line: asked, range: name)
                }
            }
            next = request.fields.firstIndex(of: .accessControlRequestHeaders, from: asked &+ 1)
        }
        return nil
    }

    /// Whether the response allows pages of this origin.
    func allows(origin: Span<UInt8>) -> Bool {
        guard let allowed = fields.firstIndex(of: .accessControlAllowOrigin) else { return false }
        return fields.value(at: allowed).equals("*") || fields.value(at: allowed).equals(origin)
    }

    private func allows(method: Span<UInt8>) -> Bool {
        method.equals("GET") || method.equals("HEAD") || method.equals("POST")
            || lists(.accessControlAllowMethods, method, isName: false)
    }

    /// Whether the list has the word. `*` covers everything but Authorization. It would not count with credentials, but a
    /// preflight does not tell whether there will be any.
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
