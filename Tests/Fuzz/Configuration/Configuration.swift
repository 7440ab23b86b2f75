import FuzzSupport
import HeaderPolicy
import ProxyConfig
import ProxyCore

private struct NoFile: Error {}

/// Whatever a configuration says, it is loaded or refused with places that exist; what is loaded compiles or is refused.
@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Input(start, count).bytes
    let loader = ConfigurationLoader(environment: ["HOME": "/root", "PORT": "8080", "EVIL": "a: b\nc: \"d"]) { path in
        switch path {
        case "fuzz.yaml": return bytes
        case "secret": return Array("s3cret\n".utf8)
        default: throw NoFile()
        }
    }
    let outcome = loader.read(path: "fuzz.yaml")
    let lines = bytes.reduce(1) { $0 + ($1 == 0x0A || $1 == 0x0D ? 1 : 0) } + 1
    for diagnostic in outcome.diagnostics {
        let place = diagnostic.location
        check(place.line >= 1 && place.column >= 1, "\(place) exists")
        // Line ends of other alphabets (U+0085, U+2028) count for YAML as well.
        check(place.line <= lines + bytes.count / 2, "\(place) exists")
        check(!diagnostic.description.isEmpty, "there is a message")
    }
    guard let configuration = outcome.configuration else {
        check(!outcome.diagnostics.isEmpty, "a refusal has a reason")
        return 0
    }
    do {
        _ = try CompiledConfiguration(configuration)
    } catch {
        check(!error.errors.isEmpty, "a refusal has a reason")
    }
    return 0
}
