public import HTTPModel

/// A response of a `LocalService` that continues until somebody closes it. It lives on one event loop.
public protocol LocalStream: AnyObject {
    /// Writes the fields of the response, whose status is 200.
    func writeHead(into response: inout ResponseHead)
    /// Returns the bytes to be sent since the last call, perhaps none. Called some times a second while the client takes them.
    func next() -> [UInt8]
}
