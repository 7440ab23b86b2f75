import Foundation

/// Where things are: the repository, the products beside the running tests, the Python environment, a folder to write to.
package enum Places {
    /// The root of the repository.
    package static let repository: String = {
        var path = #filePath.split(separator: "/")
        path.removeLast(3)
        return "/" + path.joined(separator: "/")
    }()

    /// The folder with the products of the build that the tests belong to.
    package static let products: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return (own as NSString).deletingLastPathComponent
    }()

    /// The proxy: the one of this build, or `LETTERHEAD_BINARY`.
    package static let letterhead = ProcessInfo.processInfo.environment["LETTERHEAD_BINARY"] ?? "\(products)/letterhead"

    /// The virtual environment that `make setup` makes: its programs.
    package static func python(_ program: String) -> String { "\(repository)/.build/venv/bin/\(program)" }

    /// The integration tests' own files: apps and clients.
    package static func integration(_ path: String) -> String { "\(repository)/Tests/IntegrationTests/\(path)" }

    /// A path that nobody else uses, in a folder that goes away when the tests end.
    package static func scratch(_ name: String) -> String {
        "\(scratchFolder)/\(scratchNumber.next())-\(name)"
    }

    /// A port of the loopback address that is free, outside of the range from which the kernel gives out ports by itself: for programs that
    /// cannot say which port they got.
    package static func freePort() throws -> Int {
        for _ in 0..<200 {
            let port = Int.random(in: 20_000..<30_000)
            guard let descriptor = try? Socket.listen(.port(port)) else { continue }
            close(descriptor)
            return port
        }
        throw Disappointment("no free port")
    }

    private static let scratchNumber = Counter()
    private static let scratchFolder: String = {
        let path = NSTemporaryDirectory() + "letterhead-\(ProcessInfo.processInfo.processIdentifier)"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: Places.scratchFolder) }
        return path
    }()
}

/// Numbers from 0, each given once.
package final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var value = 0

    package init() {}

    package func next() -> Int {
        lock.withLock {
            defer { value += 1 }
            return value
        }
    }
}

/// How long a test waits for what has to come, in seconds: far longer than a slow and busy machine takes, since only a failure waits so
/// long. (Processes and whole requests get twice that.)
package let patience: Double = 60

/// What a test waited for did not happen, in words.
package struct Disappointment: Error, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }

    /// The same for the C call that just failed.
    static func call(_ name: String) -> Disappointment { Disappointment("\(name): \(String(cString: strerror(errno)))") }
}

/// The clock that Python's `time.monotonic_ns()` reads, in nanoseconds.
package func monotonicNanoseconds() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1_000_000_000 + now.tv_nsec
}
