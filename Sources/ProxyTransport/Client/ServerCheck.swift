import HTTPModel
import HeaderPolicy
import ProxyCore

/// One health check: a GET on a fresh connection that is made the way the upstream's requests are.
struct ServerCheck {
    let upstream: Upstream
    let check: HealthCheck
    let security: UpstreamSecurity?

    /// Starts the check; must be called on the loop of `host`, which learns of the result by `jobDone` or `settle`.
    ///
    /// - Parameter done: called exactly once, never before `run` returns, with nil if the server is healthy and otherwise with
    ///   the reason why not.
    func run(_ identity: ServerIdentity, on host: Connections, done: @escaping (String?) -> Void) {
        var request = WebClient.Request("GET", url(identity), fields: [FieldText("User-Agent", "letterhead/health-check")])
        if upstream.scheme.isHTTP2 { request.version = .http2 }
        let question = Inquiry.Question(
            request: request, destination: Destination(identity.target, named: identity.named, security: security),
            timeout: check.timeout)
        let check = check
        Inquiry.start(question, on: host) { answer in
            switch answer {
            case .success(let response):
                let status = Status(rawValue: UInt16(clamping: response.status))
                done(check.passes(status) ? nil : "it answered \(response.status)")
            case .failure(.tls(let cause)): done(cause)
            case .failure(.otherProtocol(let agreed)): done(TLSWords.noHTTP2(agreed))
            case .failure(let failure): done("\(failure)")
            }
        }
    }

    private func url(_ identity: ServerIdentity) -> WebURL {
        var authority = check.host ?? upstream.host ?? "\(identity.named)"
        if case .unix = identity.target, check.host == nil, upstream.host == nil { authority = "localhost" }
        return WebURL(scheme: upstream.scheme.isTLS ? .https : .http, authority: authority, target: check.path)
    }
}
