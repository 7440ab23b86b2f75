import COpenSSL
import Synchronization

/// The keys that encrypt session tickets, with which a client resumes a session (RFC 8446 §4.6.1, RFC 5077).
///
/// The process has one set, so that a session outlives its context and thereby a reload. A key encrypts for `lifetime` and
/// decrypts for as long again, so that a stolen one is worth little.
@safe public final class TicketKeys: Sendable {
    private struct Key: Sendable {
        var name: [UInt8]
        var cipher: [UInt8]
        var mac: [UInt8]
        var madeAt: Int
    }

    private let keys = Mutex<[Key]>([])
    /// The seconds of a monotonic clock.
    let now: @Sendable () -> Int

    /// The seconds for which a key encrypts.
    public static let lifetime = 12 * 3600
    private static let nameSize = 16

    /// - Parameter now: returns the seconds of a monotonic clock.
    public init(now: @escaping @Sendable () -> Int) { self.now = now }

    /// The key for new tickets.
    private func current() -> Key? {
        let moment = now()
        return keys.withLock { keys in
            keys.removeAll { moment - $0.madeAt >= 2 * Self.lifetime }
            if let newest = keys.last, moment - newest.madeAt < Self.lifetime { return newest }
            guard let fresh = Self.fresh(moment) else { return nil }
            keys.append(fresh)
            return fresh
        }
    }

    private func key(named name: [UInt8]) -> Key? {
        let moment = now()
        return keys.withLock { keys in keys.first { $0.name == name && moment - $0.madeAt < 2 * Self.lifetime } }
    }

    private static func fresh(_ moment: Int) -> Key? {
        guard let name = random(nameSize), let cipher = random(32), let mac = random(32) else { return nil }
        return Key(name: name, cipher: cipher, mac: mac, madeAt: moment)
    }

    private static func random(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        // The call writes as many bytes as the array has.
        let status = unsafe bytes.withUnsafeMutableBufferPointer { unsafe RAND_bytes($0.baseAddress, Int32($0.count)) }
        return status == 1 ? bytes : nil
    }

    /// Sets up the key that OpenSSL asks for: to encrypt a ticket, or to decrypt one. Returns 1 on success, 2 if the ticket
    /// should be renewed with a newer key, 0 if the key is not known, and a negative number for a failure.
    func provide(
        name: UnsafeMutablePointer<UInt8>, iv: UnsafeMutablePointer<UInt8>, cipher: OpaquePointer, mac: OpaquePointer,
        seals: Bool
    ) -> Int32 {
        let key: Key
        if seals {
            guard let current = current() else { return -1 }
            key = current
            // OpenSSL's buffers have room for these (SSL_CTX_set_tlsext_ticket_key_evp_cb(3)).
            for index in 0..<Self.nameSize { unsafe name[index] = key.name[index] }
            guard unsafe RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1 else { return -1 }
        } else {
            // The ticket's name has this many bytes.
            let asked = unsafe Array(UnsafeBufferPointer(start: name, count: Self.nameSize))
            guard let known = self.key(named: asked) else { return 0 }
            key = known
        }
        // The call copies the key.
        guard unsafe letterhead_set_ticket_mac(mac, key.mac, key.mac.count) == 1 else { return -1 }
        let status = unsafe key.cipher.withUnsafeBufferPointer { bytes in
            unsafe seals
                ? EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nil, bytes.baseAddress, iv)
                : EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nil, bytes.baseAddress, iv)
        }
        guard status == 1 else { return -1 }
        return seals || key.name == current()?.name ? 1 : 2
    }
}
