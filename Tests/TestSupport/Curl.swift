import Foundation

/// Which protocol a client is to speak.
package enum HTTPVersion: String, Sendable, CaseIterable {
    package static let allCases: [HTTPVersion] = [.http1, .http2]
    case http1 = "HTTP/1.1"
    case http2 = "HTTP/2"
    /// Over TLS: whichever is agreed.
    case secure = "TLS"

    package var curlOption: String {
        switch self {
        case .http1: "--http1.1"
        case .http2: "--http2-prior-knowledge"
        case .secure: "--http2"
        }
    }
}

/// What curl got: its exit code (0 good, 18 a body cut short, 52 no answer …) and the last response, if there was one.
package struct CurlResult: Sendable, CustomStringConvertible {
    package var exitCode: Int32
    package var response: RawResponse?
    package var errors: String

    package var description: String { "curl exit \(exitCode) \(errors)\n\(response?.description ?? "no response")" }
}

/// One request by curl. Fields come in the order and spelling in which curl got them.
package func curl(_ url: String, _ version: HTTPVersion = .http1, _ arguments: [String] = [], input: [UInt8]? = nil) throws
    -> CurlResult
{
    let heads = Places.scratch("heads")
    defer { unlink(heads) }
    let finished = try run(
        "curl",
        ["--silent", "--show-error", "--max-time", "\(Int(2 * patience))", "--dump-header", heads, version.curlOption] + arguments
            + [url],
        environment: ["no_proxy": "*"], input: input)
    let text = String(decoding: FileManager.default.contents(atPath: heads) ?? Data(), as: UTF8.self)
    var blocks = text.components(separatedBy: "\r\n\r\n").filter { !$0.isEmpty }.map { RawHead($0.utf8) }
    // A chunked response's trailers come as one more block, without a status line.
    let trailers = (blocks.last?.start.first?.hasPrefix("HTTP/") ?? true) ? nil : blocks.popLast()
    var response: RawResponse?
    if let last = blocks.popLast() {
        response = RawResponse(last)
        response?.body = finished.output
        response?.informational = blocks
        if let trailers {
            response?.trailers = FieldList([
                (String(trailers.start[0].dropLast()), trailers.start.dropFirst().joined(separator: " "))
            ])
            response?.trailers.lines += trailers.fields.lines
        }
    }
    return CurlResult(exitCode: finished.status, response: response, errors: finished.errors)
}

/// The response to a request that must get one.
package func fetch(_ url: String, _ version: HTTPVersion = .http1, _ arguments: [String] = [], input: [UInt8]? = nil) throws
    -> RawResponse
{
    let result = try curl(url, version, arguments, input: input)
    guard let response = result.response, result.exitCode == 0 else { throw Disappointment("\(url): \(result)") }
    return response
}
