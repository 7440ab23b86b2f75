package import HTTPModel

/// A response of a `LocalService` that goes on until somebody closes it. Lives on one event loop.
package protocol LocalStream: AnyObject {
    /// Fields of the response; its status is 200.
    func writeHead(into response: inout ResponseHead)
    /// What is there to be sent since the last call, perhaps nothing. Asked some times a second while the client takes it.
    func next() -> [UInt8]
}
