package import HTTPModel
import HeaderPolicy
package import ProxyCore

/// One GET on a fresh connection: what `letterhead healthcheck` does.
package enum HealthProbe {
    /// Returns the status of the response without waiting for the body. `timeout` is in milliseconds. Throws when the connection
    /// fails, the time is up, or the response is not HTTP.
    package static func get(
        _ path: String, from target: SocketTarget, timeout: Int
    ) async throws(WebClient.Failure) -> Status {
        let response = try await ask(path, of: target, timeout, .head)
        return Status(rawValue: UInt16(clamping: response.status))
    }

    /// Returns once a connection was made, which is then closed. `timeout` is in milliseconds.
    package static func connect(to target: SocketTarget, timeout: Int) async throws(WebClient.Failure) {
        _ = try await ask("/", of: target, timeout, .connection)
    }

    private static func ask(
        _ path: String, of target: SocketTarget, _ timeout: Int, _ extent: Inquiry.Question.Extent
    ) async throws(WebClient.Failure) -> WebClient.Response {
        let request = WebClient.Request("GET", path, at: target)
        let destination = Destination(target.reachable, named: target)
        return try await TaskLoop.ask(.init(request: request, destination: destination, timeout: timeout, extent: extent)).get()
    }
}
