import COpenSSL

/// The server's handling of a client's first message. OpenSSL calls these functions in the middle of a handshake.
extension Session {
    /// Reads the requested name and chooses the certificate; the session may then wait before the costly part.
    static func readHello(_ handle: OpaquePointer?, _ alert: UnsafeMutablePointer<Int32>?) -> Int32 {
        guard let session = unsafe of(handle), let server = session.server else { return SSL_CLIENT_HELLO_ERROR }
        session.hasHello = true
        session.serverName = unsafe name(in: handle)
        guard let index = server.identity(for: String(decoding: session.serverName, as: UTF8.self)),
            let context = server.context(of: index)
        else {
            session.refusal = Fault("unknown_server_name")
            unsafe alert?.pointee = SSL_AD_UNRECOGNIZED_NAME
            return SSL_CLIENT_HELLO_ERROR
        }
        session.identity = index
        if index != 0, unsafe SSL_set_SSL_CTX(handle, context.pointer) == nil { return SSL_CLIENT_HELLO_ERROR }
        return session.mayProceed ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_RETRY
    }

    /// The one name of the extension (RFC 6066 §3). OpenSSL rejects a malformed extension by itself.
    private static func name(in handle: OpaquePointer?) -> [UInt8] {
        var start: UnsafePointer<UInt8>?
        var count = 0
        guard unsafe SSL_client_hello_get0_ext(handle, UInt32(TLSEXT_TYPE_server_name), &start, &count) == 1, count > 5 else {
            return []
        }
        // The bytes live as long as the callback: a list of one name, preceded by its kind and length.
        let bytes = unsafe UnsafeBufferPointer(start: start, count: count)
        let length = unsafe Int(bytes[3]) << 8 | Int(bytes[4])
        guard unsafe bytes[2] == UInt8(TLSEXT_NAMETYPE_host_name), length > 0, length <= 255, count >= 5 + length else {
            return []
        }
        var name = unsafe bytes[5..<5 + length].map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
        if name.last == 0x2E { name.removeLast() }
        return name
    }

    /// Chooses a protocol (RFC 7301 §3.2): the first one of the server's that the client offers.
    static func choose(
        _ handle: OpaquePointer?, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
        _ chosenCount: UnsafeMutablePointer<UInt8>?,
        _ offered: UnsafePointer<UInt8>?, _ offeredCount: UInt32, _: UnsafeMutableRawPointer?
    ) -> Int32 {
        guard let session = unsafe of(handle), let server = session.server else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        // The bytes live as long as the callback: names preceded by their lengths, checked by OpenSSL.
        let list = unsafe UnsafeBufferPointer(start: offered, count: Int(offeredCount))
        for wanted in server.protocols {
            var position = 0
            while position < list.count {
                let start = position + 1
                let end = unsafe start + Int(list[position])
                guard end <= list.count else { break }
                if unsafe list[start..<end].elementsEqual(wanted) {
                    // The pointer is into the offered list, which lives as long as the handshake.
                    unsafe chosen?.pointee = unsafe list.baseAddress.map { unsafe $0 + start }
                    unsafe chosenCount?.pointee = UInt8(end - start)
                    return SSL_TLSEXT_ERR_OK
                }
                position = end
            }
        }
        session.refusal = Fault("no_application_protocol")
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }

    /// Notes a rejected certificate of the client's chain; the first one reported is kept.
    static func noteRefused(_ store: OpaquePointer?) {
        guard let store = unsafe store,
            let place = unsafe X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
            let session = unsafe of(OpaquePointer(place)), session.refusedCertificate == nil,
            let certificate = unsafe X509_STORE_CTX_get_current_cert(store)
        else { return }
        session.refusedCertificate = unsafe Certificate(sharing: certificate)
    }
}
