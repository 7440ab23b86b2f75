import COpenSSL

/// The memory BIO that OpenSSL gets in place of a socket.
enum Wire {
    // Made once and never changed.
    nonisolated(unsafe) private static let method: OpaquePointer? = unsafe makeMethod()

    private static func makeMethod() -> OpaquePointer? {
        guard let method = unsafe BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "letterhead") else { return nil }
        unsafe BIO_meth_set_read_ex(method) { bio, target, size, count in
            guard let bio = unsafe bio, let target = unsafe target, let place = unsafe BIO_get_data(bio) else { return 0 }
            unsafe letterhead_clear_retry(bio)
            let workspace = unsafe Unmanaged<Workspace>.fromOpaque(place)
            return unsafe workspace._withUnsafeGuaranteedRef { workspace in
                guard let input = unsafe workspace.input, workspace.inputCount > 0 else {
                    unsafe letterhead_retry_read(bio)
                    return 0
                }
                // No more is copied than there is, or than there is room for.
                let taken = min(size, workspace.inputCount)
                unsafe target.update(from: UnsafeRawPointer(input).assumingMemoryBound(to: CChar.self), count: taken)
                unsafe workspace.input = unsafe input + taken
                workspace.inputCount -= taken
                unsafe count?.pointee = taken
                return 1
            }
        }
        unsafe BIO_meth_set_write_ex(method) { bio, source, size, count in
            guard let bio = unsafe bio, let source = unsafe source, let place = unsafe BIO_get_data(bio) else { return 0 }
            unsafe letterhead_clear_retry(bio)
            let workspace = unsafe Unmanaged<Workspace>.fromOpaque(place)
            unsafe workspace._withUnsafeGuaranteedRef { workspace in
                // The bytes are valid for the length of the call.
                unsafe workspace.output.append(
                    contentsOf: UnsafeBufferPointer(
                        start: UnsafeRawPointer(source).assumingMemoryBound(to: UInt8.self), count: size))
            }
            unsafe count?.pointee = size
            return 1
        }
        // OpenSSL only asks for a flush, which has nothing to do.
        unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        unsafe BIO_meth_set_create(method) { bio in
            unsafe BIO_set_init(bio, 1)
            return 1
        }
        return unsafe method
    }

    static func make() -> OpaquePointer? { unsafe method.flatMap { unsafe BIO_new($0) } }
}
