import HTTPModel
import NIOCore
import NIOSSL
import ProxyCore

/// The beginning of a TLS connection, until the client has proved what it has to: bounded in bytes and time.
///
/// The first message is looked at in clear, to choose the certificate; then the TLS library's handler takes its place in
/// front of the connection's own, for good.
final class TLSHandshake: Timed {
    private let handler: DownstreamHandler
    private let worker: Worker
    private let current: CurrentCertificates
    private let listener: ListenerContext
    let peer: Peer

    private var held = ByteBuffer()
    private var hello = ClientHello()
    private var certificates: ListenerCertificates?
    private var certificate: ServerCertificate?
    private var library: NIOSSLServerHandler?
    private let outlet = HandshakeOutlet()
    private var client: ClientCertificate?
    private var isOver = false

    init(
        handler: DownstreamHandler, worker: Worker, listener: ListenerContext, current: CurrentCertificates, peer: Peer
    ) {
        self.handler = handler
        self.worker = worker
        self.listener = listener
        self.current = current
        self.peer = peer
        super.init()
        worker.deadlines.insert(self)
        deadline = Timed.deadline(now: worker.clock.now, after: worker.configuration.source.timeouts.handshake)
    }

    func retire() { worker.deadlines.remove(self) }

    /// Bytes in clear: the first message, or what is none.
    func read(_ bytes: ByteBuffer) {
        guard !isOver, library == nil else { return }
        if held.readableBytes == 0 { held = bytes } else { held.writeImmutableBuffer(bytes) }
        // What was read before it had to wait for its turn is kept for the library.
        guard certificate == nil else { return }
        let read = held
        switch ClientHello.read(read.readableBytesUInt8Span) {
        case .needMore: break
        case .text:
            let bytes = held
            end("plain_http")
            handler.refusePlainHTTP(bytes, peer)
        case .other: startUnnamed()
        case .hello(let hello): start(hello)
        }
    }

    /// What begins is no `ClientHello` that can be read: the library says what is wrong with it, unless that would mean a certificate
    /// for somebody who has named no site.
    private func startUnnamed() {
        guard current.value.certificate(for: []) == nil else { return start(ClientHello()) }
        let isHandshake = held.getInteger(at: held.readerIndex, as: UInt8.self) == 22
        refuse(isHandshake ? "bad_client_hello" : "not_tls", alert: isHandshake ? 50 : 10)
    }

    /// Chooses the certificate; then the library begins, as soon as those before are done.
    private func start(_ hello: ClientHello) {
        self.hello = hello
        let certificates = current.value
        self.certificates = certificates
        guard let certificate = certificates.certificate(for: hello.serverName) else {
            return refuse("unknown_server_name", alert: 112)
        }
        // RFC 7301 §3.2: a client that insists on another protocol is told so.
        guard hello.protocols.isEmpty || hello.protocols.contains(where: Self.isSpoken) else {
            return refuse("no_application_protocol", alert: 120)
        }
        self.certificate = certificate
        handler.setReading(false)
        worker.handshakes.begin { self.begin(certificates, certificate) }
    }

    /// Its turn has come.
    private func begin(_ certificates: ListenerCertificates, _ certificate: ServerCertificate) {
        guard !isOver else { return }
        handler.setReading(true)
        let bytes = held
        held = ByteBuffer()
        do {
            let library: NIOSSLServerHandler
            if certificates.source.clientCertificates != nil {
                let client = ClientCertificate()
                self.client = client
                library = try CheckedHandler.maker.handler(context: certificate.context, checking: client)
            } else {
                library = NIOSSLServerHandler(context: certificate.context)
            }
            self.library = library
            try handler.startTLS(library, before: outlet, first: bytes)
        } catch {
            failed(error)
            handler.close()
        }
    }

    private static func isSpoken(_ name: [UInt8]) -> Bool { name == Array("h2".utf8) || name == Array("http/1.1".utf8) }

    /// Ends the handshake with a fatal alert (RFC 8446 §6.2), before the library had a part in it.
    private func refuse(_ reason: String, alert: UInt8) {
        end(reason)
        held = ByteBuffer()
        deadline = Timed.deadline(now: worker.clock.now, after: Worker.lingerTimeout)
        handler.write(ByteBuffer(bytes: [21, 3, 3, 0, 2, 2, alert]))
        handler.closeAfterFlush(linger: true)
    }

    /// What was settled.
    func completed() -> TLSClient {
        isOver = true
        handler.remove(outlet)
        let version: String
        switch library?.tlsVersion {
        case .tlsv13: version = "TLSv1.3"
        case .tlsv12: version = "TLSv1.2"
        case .tlsv11, .tlsv1, nil: version = ""
        }
        worker.counts.handshakes.count(version)
        var subject: [UInt8] = []
        var encoded: [UInt8] = []
        var chain: [UInt8] = []
        if let client, let certificates, let leaf = library?.peerCertificate {
            subject = ClientCertificate.subject(of: leaf)
            if certificates.source.clientCertificates?.forward == true, let own = ClientCertificate.encoded(leaf) {
                encoded = own
                chain = client.chain(above: leaf, authorities: certificates.authorities)
                if client.isEmpty { chain = current.chain(of: own) } else { current.remember(chain: chain, of: own) }
            }
        }
        return TLSClient(
            version: version, cipher: HandshakeOutlet.name(of: outlet.suite), serverName: hello.serverName,
            subject: subject, certificate: encoded, chain: chain, names: certificate?.names ?? [])
    }

    // MARK: The end

    /// The library has refused the client, or the client the server. The library closes, and the client has a moment to do
    /// the same.
    func failed(_ error: any Error) {
        end(TLSFault.reason(of: error))
        deadline = Timed.deadline(now: worker.clock.now, after: Worker.lingerTimeout)
    }

    /// The connection has ended. One that said nothing was only looking.
    func closed() {
        if library != nil || held.readableBytes > 0 { end("closed_during_handshake") }
        retire()
    }

    override func deadlinePassed() {
        if library != nil || held.readableBytes > 0 { end("handshake_timeout") }
        handler.close()
    }

    /// Says why there will be no connection, once.
    private func end(_ reason: String) {
        guard !isOver else { return }
        isOver = true
        worker.counts.handshakeFailures.count(reason)
        var details = [("reason", reason), ("client", String(decoding: peer.text, as: UTF8.self)), ("listener", listener.name)]
        if !hello.serverName.isEmpty {
            // Whatever bytes the client took for a name; the log's form makes them harmless.
            details.append(("server_name", String(decoding: hello.serverName.prefix(255), as: UTF8.self)))
        }
        if let refused = client?.refused {
            let subject = ClientCertificate.subject(of: refused)
            details.append(("client_certificate", ClientCertificate.fault(of: refused, now: worker.unixSeconds)))
            details.append(("certificate_subject", String(decoding: subject, as: UTF8.self)))
        }
        worker.connectionLog.write("tls handshake failed", details, now: worker.clock.now)
    }
}
