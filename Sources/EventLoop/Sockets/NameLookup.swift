import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A query to the system's resolver (`/etc/hosts`, DNS, and whatever else the machine uses), answered on the loop.
@safe public final class NameLookup: LoopTask {
    /// Receives the addresses, best first, without duplicates.
    public typealias Answer = (Result<[Endpoint], SystemError>) -> Void

    private let request: UnsafeMutablePointer<uv_getaddrinfo_t>
    private var answer: Answer?
    private let port: UInt16
    /// The loop, which cancels its tasks before it ends.
    private unowned(unsafe) let loop: Loop

    fileprivate init(_ loop: Loop, port: UInt16, answer: @escaping Answer) {
        unsafe request = .allocate(capacity: 1)
        unsafe self.loop = loop
        self.port = port
        self.answer = answer
    }

    deinit { unsafe request.deallocate() }

    fileprivate func start(_ name: String) throws(SystemError) {
        let key = unsafe loop.keep(self)
        unsafe request.pointee.data = unsafe key
        var hints = unsafe Self.hints()
        // The request lives as long as this object, which the loop keeps until the callback. libuv copies the name and the hints.
        let status = unsafe uv_getaddrinfo(
            loop.handle, request,
            { request, status, list in
                guard let request = unsafe request, let key = unsafe request.pointee.data else { return }
                unsafe Unmanaged<NameLookup>.fromOpaque(key).takeUnretainedValue().finish(status, list)
            }, name, nil, &hints)
        guard status == 0 else {
            unsafe loop.forget(key)
            throw SystemError(uv: status, "getaddrinfo")
        }
    }

    private func finish(_ status: CInt, _ list: UnsafeMutablePointer<addrinfo>?) {
        let found = unsafe Self.endpoints(list, port: port)
        unsafe uv_freeaddrinfo(list)
        let answer = answer
        self.answer = nil
        let loop = unsafe loop
        unsafe loop.forget(Unmanaged.passUnretained(self).toOpaque())
        if status != 0 {
            answer?(.failure(SystemError(uv: status, "getaddrinfo")))
        } else if found.isEmpty {
            answer?(.failure(SystemError(CInt(UV_EAI_NODATA.rawValue), "getaddrinfo")))
        } else {
            answer?(.success(found))
        }
    }

    /// Hints for addresses of any family, each reported once rather than once per socket type.
    static func hints() -> addrinfo {
        var hints = unsafe addrinfo()
        #if canImport(Glibc)
            unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            unsafe hints.ai_socktype = SOCK_STREAM
        #endif
        return unsafe hints
    }

    /// The addresses of an answer, in its order, without duplicates.
    static func endpoints(_ list: UnsafeMutablePointer<addrinfo>?, port: UInt16) -> [Endpoint] {
        var found: [Endpoint] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let endpoint = unsafe endpoint(entry.pointee, port: port), !found.contains(endpoint) {
                found.append(endpoint)
            }
            unsafe next = unsafe entry.pointee.ai_next
        }
        return found
    }

    private static func endpoint(_ entry: addrinfo, port: UInt16) -> Endpoint? {
        var storage = sockaddr_storage()
        let length = unsafe min(Int(entry.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
        guard let address = unsafe entry.ai_addr else { return nil }
        // No more bytes are copied than the entry has, nor than there is room for.
        unsafe withUnsafeMutableBytes(of: &storage) {
            unsafe $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: length))
        }
        return Endpoint(storage, length: socklen_t(length))?.with(port: port)
    }

    /// Cancels the query, whose answer is no longer wanted.
    public override func cancel() {
        answer = nil
        // This fails if the query is already running; its answer is then dropped.
        unsafe request.withMemoryRebound(to: uv_req_t.self, capacity: 1) { _ = unsafe uv_cancel($0) }
    }
}

extension Loop {
    /// Looks up the addresses of a name. The system's resolver may take long, and runs on libuv's threads.
    @discardableResult
    public func lookUp(_ name: String, port: UInt16, answer: @escaping NameLookup.Answer) throws(SystemError) -> NameLookup {
        let lookup = NameLookup(self, port: port, answer: answer)
        try lookup.start(name)
        return lookup
    }
}

extension Endpoint {
    /// Looks up the addresses of a name, best first, without duplicates. It may block for long, so it is meant for the start of a
    /// process.
    public static func addresses(of name: String, port: UInt16) throws(SystemError) -> [Endpoint] {
        var hints = unsafe NameLookup.hints()
        var list: UnsafeMutablePointer<addrinfo>?
        // The pointers are valid for the call; the list is freed below.
        let status = unsafe getaddrinfo(name, nil, &hints, &list)
        guard status == 0 else { throw SystemError(lookup: status) }
        defer { unsafe freeaddrinfo(list) }
        return unsafe NameLookup.endpoints(list, port: port)
    }
}
