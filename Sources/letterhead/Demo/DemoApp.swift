import HTTPModel
import ProxyCore

/// A small app that behaves like a Flask app, including its mistakes, so that `demo` does not need Python.
struct DemoApp: LocalService {
    func respond(
        to request: borrowing RequestHead, body requestBody: [UInt8], into response: inout ResponseHead, body: inout [UInt8]
    ) {
        response.fields.append("Server", "demo-app")
        response.fields.append("Content-Type", "text/plain; charset=utf-8")
        switch request.path.text {
        case "/":
            body.append(text: "Hello from the demo app. It sets no security header and no CORS header itself.\n")
        case "/hello":
            response.fields.append("X-Demo", "made by the app")
            body.append(text: "hello, \(requestBody.isEmpty ? "nobody" : requestBody.span.text)\n")
        case "/echo":
            for (name, value) in request.fields.pairs { body.append(text: "\(name): \(value)\n") }
        case "/cookie":
            response.fields.append("Set-Cookie", "session=demo; Path=/")
            response.fields.append("Set-Cookie", "theme=dark; Path=/")
            body.append(text: "two cookies\n")
        case "/redirect":
            response.status = 302
            response.fields.append("Location", "/")
        case "/boom":
            response.status = 500
            body.append(text: "the app raised an exception: no after_request hook would have run\n")
        default:
            response.status = 404
            body.append(text: "the app knows /, /hello, /echo, /cookie, /redirect and /boom\n")
        }
    }
}
