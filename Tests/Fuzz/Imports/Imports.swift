import FuzzSupport
import ProxyConfig

/// Whatever a program or an nginx configuration says, what is made of it loads, or the errors are in what was read.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Input(start, count).bytes
    guard let first = bytes.first else { return 0 }
    let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
    do {
        let yaml =
            first & 1 == 0
            ? try FlaskCORSImport.yaml(text, file: "app.py", upstream: "http://127.0.0.1:5000")
            : try NginxImport.yaml(text, file: "nginx.conf") { _ in [] }
        let outcome = ConfigurationLoader(environment: [:]) { _ in [] }.read(text: yaml, file: "letterhead.yaml")
        check(outcome.configuration != nil, "what is printed loads")
    } catch let errors as ConfigurationErrors {
        check(!errors.diagnostics.isEmpty, "a refusal has a reason")
        check(errors.diagnostics.allSatisfy { $0.location.file != "letterhead.yaml" }, "it is about what was read")
    } catch {
        check(false, "\(error)")
    }
    return 0
}
