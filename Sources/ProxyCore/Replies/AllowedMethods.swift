import HTTPModel
public import HeaderPolicy

extension CompiledConfiguration {
    /// Returns the methods that would not be answered with 405 at the place of this request, for `Allow` (RFC 9110 §10.2.1).
    public func allowedMethods(_ facts: borrowing ExchangeFacts, listener: Int) -> [UInt8] {
        var allowed: [UInt8] = []
        // The target of a CONNECT is not one of these sites.
        let isSite = facts.request.method != .connect
        for method in isSite ? router.knownMethods : Router.ordinaryMethods {
            guard !isSite || takes(method.span, facts, listener) else { continue }
            if !allowed.isEmpty { allowed.append(text: ", ") }
            allowed.append(copying: method.span)
        }
        return allowed
    }

    private func takes(_ method: Span<UInt8>, _ facts: borrowing ExchangeFacts, _ listener: Int) -> Bool {
        guard let route = router.match(facts, listener: listener, method: method) else { return false }
        switch routes[route].action {
        case .respond(let fixed): return fixed.status != 405
        case .reports: return method.equals("POST")
        case .upstream, .redirect: return true
        }
    }
}
