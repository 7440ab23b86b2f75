import HTTPModel
import HeaderPolicy

extension Exchange {
    /// What a browser takes as a refusal: in the answer to a preflight, or in the response to a page of another origin, which
    /// then cannot read it. Nil while there is no response.
    public var refusal: PreflightRefusal? { own.refusal ?? (deniesOrigin ? PreflightRefusal(part: .origin) : nil) }

    /// Whether the response keeps a page of another origin from reading it. Forms, frames and WebSockets send their origin too,
    /// but need no permission to read.
    private var deniesOrigin: Bool {
        guard own.machine.hasStarted, !facts.isPreflightRequest, let line = facts.request.fields.firstIndex(of: .origin),
            facts.request.fields.firstIndex(of: .secWebSocketKey) == nil
        else { return false }
        return !response.allows(origin: facts.request.fields.value(at: line)) && asksAsPage && !isOwnOrigin(line)
    }

    /// Whether a script asks. Browsers that do not say so, as over http, send an origin with a GET only for scripts.
    private var asksAsPage: Bool {
        for index in facts.request.fields.indices
        where facts.request.fields.name(at: index).equalsIgnoringCase("sec-fetch-mode".utf8.span) {
            return facts.request.fields.value(at: index).equals("cors")
        }
        return facts.request.method == .get || facts.request.method == .head
    }

    /// Whether the page comes from the host that it asks. The scheme does not count, because a proxy in front may have changed it.
    private func isOwnOrigin(_ line: Int) -> Bool {
        let origin = facts.request.fields.value(at: line)
        var start = 0
        while start < origin.count, origin[start] != 0x2F { start &+= 1 }
        let host = origin.extracting(min(start &+ 2, origin.count)..<origin.count)
        return Authority.isSame(host, facts.request.authority, scheme: .http)
            || Authority.isSame(host, facts.request.authority, scheme: .https)
    }
}
