#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Looks up the addresses of a host, best first, as texts. It may block.
public typealias NameLookup = @Sendable (String) throws -> [String]

/// The system's resolver: `/etc/hosts`, DNS, and whatever else the machine is told to ask.
enum SystemResolver {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    static func addresses(of host: String) throws -> [String] {
        // An all-zero one asks for any family; each address comes once for each kind of socket, unless one is asked for.
        var hints = unsafe addrinfo()
        #if canImport(Glibc)
            unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            unsafe hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        // The pointers are valid for the call; the list is given back below.
        let code = unsafe getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            let text = unsafe gai_strerror(code).map { unsafe String(cString: $0) }
            throw Failure(description: text ?? "error \(code)")
        }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [String] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let text = unsafe text(entry.pointee) { addresses.append(text) }
            unsafe next = unsafe entry.pointee.ai_next
        }
        return addresses
    }

    private static func text(_ entry: addrinfo) -> String? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        // The address is as long as the entry says, the text as long as the array.
        let code = unsafe getnameinfo(
            entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard code == 0 else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
