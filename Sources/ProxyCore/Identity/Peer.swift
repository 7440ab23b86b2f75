public import HTTPModel

/// The other end of a client connection, with the properties that are the same for all exchanges on it. Made by
/// `Forwarding.peer`.
public final class Peer: Sendable {
    /// The address; `IPAddress.unspecified` when the connection has none (a Unix socket).
    public let address: IPAddress
    /// The port; 0 when there is none.
    public let port: UInt16
    /// Whether the peer is a proxy whose `X-Forwarded-*` are trusted.
    public let isTrusted: Bool
    /// The results of the TLS handshake; nil on cleartext.
    public let tls: TLSClient?
    /// The scheme of the connection.
    public var scheme: Scheme { tls == nil ? .http : .https }
    /// The line `X-Forwarded-For: <text> CRLF`; empty when there is no text.
    let forwardedFor: [UInt8]

    /// The address as text, without a port and without brackets; empty when there is none.
    public var text: ArraySlice<UInt8> { forwardedFor[textRange] }

    /// The place of the text in `forwardedFor`.
    var textRange: Range<Int> { forwardedFor.isEmpty ? 0..<0 : 17..<forwardedFor.count - 2 }

    /// - Parameter text: the address as text; none is kept if it could not stand in a field.
    init(address: IPAddress, text: ArraySlice<UInt8>, port: UInt16, isTrusted: Bool, tls: TLSClient? = nil) {
        self.address = address
        self.port = port
        self.isTrusted = isTrusted
        self.tls = tls
        var line: [UInt8] = []
        if !text.isEmpty, Fields.isValue(text.span) {
            line.reserveCapacity(text.count &+ 19)
            line.append(text: "X-Forwarded-For: ")
            line.append(copying: text.span)
            line.append(text: "\r\n")
        }
        forwardedFor = line
    }

    /// Returns the same peer with the results of the TLS handshake.
    public func secured(by tls: TLSClient) -> Peer {
        Peer(address: address, text: text, port: port, isTrusted: isTrusted, tls: tls)
    }
}
