import COpenSSL
import Foundation
import TestSupport

@testable import TLS

/// A client and a server, without anything between them.
final class Pair {
    let client: Session
    let server: Session
    private let clientSide = Workspace()
    private let serverSide = Workspace()
    /// What each side got, decrypted.
    var clientGot: [UInt8] = []
    var serverGot: [UInt8] = []
    /// What went over to the client.
    var toClient: [UInt8] = []
    /// How many bytes go over at a time.
    var pieces = Workspace.inputLimit

    init(_ client: Session?, _ server: Session?) throws {
        guard let client, let server else { throw Disappointment("no session") }
        self.client = client
        self.server = server
    }

    /// Hands over what either side has to say until both are silent.
    func run(client first: (Session, Workspace) -> Void = { $0.start($1) }) {
        first(client, clientSide)
        while !clientSide.output.isEmpty || !serverSide.output.isEmpty {
            let toServer = clientSide.output
            clientSide.output = []
            give(toServer, to: server, serverSide) { serverGot += $0 }
            let toClient = serverSide.output
            serverSide.output = []
            self.toClient += toClient
            give(toClient, to: client, clientSide) { clientGot += $0 }
        }
    }

    private func give(_ bytes: [UInt8], to session: Session, _ workspace: Workspace, _ got: ([UInt8]) -> Void) {
        var position = 0
        while position < bytes.count {
            let end = min(bytes.count, position + pieces)
            session.receive(bytes.span.extracting(position..<end), workspace)
            got(Self.copy(workspace.plainBytes))
            position = end
        }
    }

    private static func copy(_ span: Span<UInt8>) -> [UInt8] { span.indices.map { span[$0] } }

    func clientSends(_ bytes: [UInt8]) { run { $0.send(bytes.span, $1) } }

    func serverSends(_ bytes: [UInt8]) {
        server.send(bytes.span, serverSide)
        run { _, _ in }
    }

    func serverProceeds() {
        server.proceed(serverSide)
        run { _, _ in }
    }

    /// Sends so many KeyUpdates.
    func clientUpdatesKeys(_ count: Int, wantsAnswers: Bool) {
        run { client, workspace in
            BIO_set_data(SSL_get_rbio(client.handle), Unmanaged.passUnretained(workspace).toOpaque())
            for _ in 0..<count {
                SSL_key_update(client.handle, wantsAnswers ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED)
                SSL_do_handshake(client.handle)
            }
        }
    }

    /// Lets the handshake go on until the client has its last message ready, and has it say more in the same breath.
    func runUntilClientIsDone(_ more: (Session, Workspace) -> Void) {
        client.start(clientSide)
        let hello = clientSide.output
        clientSide.output = []
        give(hello, to: server, serverSide) { serverGot += $0 }
        let answer = serverSide.output
        serverSide.output = []
        give(answer, to: client, clientSide) { clientGot += $0 }
        more(client, clientSide)
        run { _, _ in }
    }

    func serverCloses() {
        server.close(serverSide)
        run { _, _ in }
    }
}

/// Contexts out of the files that openssl has made.
enum Made {
    static let root = Result { try CertificateAuthority() }
    static let site = Result { try identity(try root.get().site("site.example", "www.site.example", "*.wild.example")) }
    static let blog = Result { try identity(try root.get().site("blog.example")) }
    static let clients = Result { try CertificateAuthority("Clients") }

    static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

    static func certificates(_ path: String) throws -> [TLS.Certificate] {
        guard let found = TLS.Certificate.all(inPEM: try bytes(path)) else { throw Disappointment("damaged") }
        return found
    }

    static func identity(_ made: TestSupport.Certificate, above: [TestSupport.Certificate] = []) throws -> ServerContext.Identity
    {
        guard let key = PrivateKey(inPEM: try bytes(made.key)) else { throw Disappointment("no key") }
        return ServerContext.Identity(
            chain: try certificates(made.path) + above.flatMap { try certificates($0.path) }, key: key)
    }

    static let tickets = TicketKeys { 0 }

    static func server(_ tickets: TicketKeys = tickets, _ change: (inout ServerContext.Settings) -> Void = { _ in }) throws
        -> ServerContext
    {
        var settings = ServerContext.Settings(identities: [try site.get(), try blog.get()])
        change(&settings)
        return try ServerContext(settings, tickets: tickets)
    }

    static func client(_ change: (inout ClientContext.Settings) -> Void = { _ in }) throws -> ClientContext {
        var settings = ClientContext.Settings()
        settings.authorities = .these(try certificates(try root.get().certificate.path))
        change(&settings)
        return try ClientContext(settings)
    }
}
