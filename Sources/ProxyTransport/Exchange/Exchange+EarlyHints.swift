import HTTPModel
import HeaderPolicy
import ProxyCore

extension Exchange {
    /// Sends the links that the client can load while the app works, once, before the request goes upstream (RFC 8297).
    func sendEarlyHints() {
        guard upgrade.isEmpty else { return }
        response.removeAll()
        guard policy.earlyHints(into: &response, facts: facts, scratch: &listener.generation.scratch) else { return }
        downstream.writeInformational(response)
        downstream.flush()
        response.removeAll()
    }
}
