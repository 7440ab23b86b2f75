public import HTTPModel
public import ProxyCore

/// What the admin listener answers: `/healthz` and `/livez` (the process serves), `/readyz` (it wants new clients), and the
/// inspector.
public struct AdminService: LocalService {
    private let readiness: Readiness
    private let inspector: Inspector?

    public init(readiness: Readiness, inspector: Inspector? = nil) {
        self.readiness = readiness
        self.inspector = inspector
    }

    public func stream(for request: borrowing RequestHead) -> (any LocalStream)? { inspector?.stream(for: request) }

    public func respond(
        to request: borrowing RequestHead, body requestBody: [UInt8], into response: inout ResponseHead, body: inout [UInt8]
    ) {
        response.fields.append("Content-Type", "text/plain; charset=utf-8")
        response.fields.append("Cache-Control", "no-store")
        guard request.method == .get || request.method == .head else {
            response.status = 405
            response.fields.append("Allow", "GET, HEAD")
            return body.append(text: "only GET and HEAD\n")
        }
        if let inspector, inspector.answers(request) { return inspector.respond(to: request, into: &response, body: &body) }
        switch request.path.text {
        case "/healthz", "/livez":
            body.append(text: "ok\n")
        case "/readyz":
            switch readiness.state {
            case .ready: body.append(text: "ready\n")
            case .starting:
                response.status = 503
                body.append(text: "starting\n")
            case .draining:
                response.status = 503
                body.append(text: "draining\n")
            }
        default:
            response.status = 404
            body.append(text: "there is /healthz, /livez and /readyz\n")
        }
    }
}
