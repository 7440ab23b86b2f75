package import HTTPModel

/// The other end of a client connection: what stays the same for all exchanges on it. Made by `Forwarding.peer`.
package final class Peer: Sendable {
    /// `IPAddress.unspecified` where the connection has none (a Unix socket).
    package let address: IPAddress
    /// The address as text, without a port and without brackets; empty where there is none.
    package let text: [UInt8]
    /// 0 where there is none.
    package let port: UInt16
    /// It is a proxy whose `X-Forwarded-*` are believed.
    package let isTrusted: Bool
    /// What the TLS handshake settled; nil on cleartext.
    package let tls: TLSClient?
    /// How the client came.
    package var scheme: Scheme { tls == nil ? .http : .https }
    /// `X-Forwarded-For: <text> CRLF`; empty where there is no text.
    let forwardedFor: [UInt8]

    init(address: IPAddress, text: [UInt8], port: UInt16, isTrusted: Bool, tls: TLSClient? = nil) {
        self.address = address
        self.text = text
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

    /// The same, once the TLS handshake is done.
    package func secured(by tls: TLSClient) -> Peer {
        Peer(address: address, text: text, port: port, isTrusted: isTrusted, tls: tls)
    }
}
