package import HTTPModel
import HeaderPolicy
package import ProxyCore

/// One GET on a fresh connection: what `letterhead healthcheck` does.
package enum HealthProbe {
    package enum Failure: Error, CustomStringConvertible {
        case timeout, notHTTP
        case connection(String)

        init(_ failure: WebClient.Failure) {
            self =
                switch failure {
                case .timeout: .timeout
                case .noConnection(let text, _), .broken(let text), .tls(let text), .badRequest(let text): .connection(text)
                case .closed, .otherProtocol, .notHTTP, .invalid: .notHTTP
                }
        }

        package var description: String {
            switch self {
            case .timeout: "the time is up"
            case .notHTTP: "what answered does not speak HTTP"
            case .connection(let text): text
            }
        }
    }

    /// Returns the status of the response without waiting for the body. `timeout` is in milliseconds. Throws when the connection
    /// fails, the time is up, or the response is not HTTP.
    package static func get(_ path: String, from target: SocketTarget, timeout: Int) async throws -> Status {
        let response = try await ask(path, of: target, timeout, .head)
        return Status(rawValue: UInt16(clamping: response.status))
    }

    /// Returns once a connection was made, which is then closed. `timeout` is in milliseconds.
    package static func connect(to target: SocketTarget, timeout: Int) async throws {
        _ = try await ask("/", of: target, timeout, .connection)
    }

    private static func ask(
        _ path: String, of target: SocketTarget, _ timeout: Int, _ extent: Inquiry.Question.Extent
    ) async throws -> WebClient.Response {
        let request = WebClient.Request("GET", path, at: target)
        let question = Inquiry.Question(
            request: request, destination: Destination(target.reachable, named: target), timeout: timeout, extent: extent)
        return try await TaskLoop.ask(question).mapError(Failure.init).get()
    }
}
