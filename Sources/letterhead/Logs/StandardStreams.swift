import Foundation

/// Descriptors 0 to 2, whatever this process was started with.
enum StandardStreams {
    /// What is closed is opened, or a socket or a file of ours would take its place and get what is written for people. It is opened for
    /// reading alone: writing fails, and so it is known that what was written is lost. A reader that has gone and a file that may not
    /// grow are errors as well, and no signals.
    static func secure() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest one that is free: those below it are open by now. In a container there may be no devices.
            if open("/dev/null", O_RDONLY) < 0 { _ = open("/", O_RDONLY) }
        }
    }

    /// Two descriptors of one file, pipe or terminal, as after `2>&1`.
    static func areOne(_ first: Int32, _ second: Int32) -> Bool {
        var (one, other) = (stat(), stat())
        return fstat(first, &one) == 0 && fstat(second, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino
    }

    /// Writes all of it, waiting for who reads slowly; throws what the system says where that cannot be done.
    static func write(_ bytes: some Sequence<UInt8>, to descriptor: Int32) throws(POSIXError) {
        let bytes = Array(bytes)
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
            }
            let error = errno
            if written > 0 {
                offset += written
            } else if written < 0, error == EAGAIN {
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&entry, 1, -1)
            } else if written == 0 || error != EINTR {
                throw POSIXError(POSIXErrorCode(rawValue: written == 0 ? ENOSPC : error) ?? .EIO)
            }
        }
    }
}
