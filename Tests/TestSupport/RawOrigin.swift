import Foundation

/// An app made of nothing but a script: it says exactly those bytes, at exactly that moment, and keeps what it was asked. Each connection
/// has a thread of its own.
package final class RawOrigin: @unchecked Sendable {
    /// 0 for a Unix socket.
    package let port: Int
    private let listener: Int32
    private let lock = NSCondition()
    private var kept: [RawRequest] = []
    private var accepted = 0

    /// What a connection does; the number counts connections from 0. The connection closes when it returns or throws.
    package typealias Script = @Sendable (_ connection: Connection, _ number: Int, _ origin: RawOrigin) throws -> Void

    package convenience init(path: String? = nil, _ script: @escaping Script) throws {
        let listener = try Socket.listen(path.map { .path($0) } ?? .port(0))
        self.init(listener, port: path == nil ? Socket.port(listener) : 0, script)
    }

    /// At 127.0.0.`number` instead of 127.0.0.1.
    package convenience init(loopback number: UInt8, port: Int = 0, _ script: @escaping Script) throws {
        let listener = try Socket.listen(.loopback(number, port: port))
        self.init(listener, port: Socket.port(listener), script)
    }

    /// At ::1 instead of 127.0.0.1, where the same port refuses. No initializer: one whose only parameter is the script would be meant by every trailing closure.
    package static func atSixth(_ script: @escaping Script) throws -> RawOrigin {
        let (fourth, sixth) = try Socket.bound()
        guard let sixth, Foundation.listen(sixth, 128) == 0 else { throw Disappointment.call("listen on ::1") }
        return RawOrigin(sixth, port: Socket.port(sixth), holding: fourth, script)
    }

    /// - Parameter other: a socket that is closed with the listener.
    private init(_ listener: Int32, port: Int, holding other: Int32? = nil, _ script: @escaping Script) {
        self.listener = listener
        self.port = port
        Thread { [self] in
            while let descriptor = Socket.accept(listener) {
                let connection = Connection(descriptor: descriptor)
                let number = lock.withLock {
                    accepted += 1
                    lock.broadcast()
                    return accepted - 1
                }
                Thread { [self] in
                    try? script(connection, number, self)
                    connection.close()
                }.start()
            }
            close(listener)
            if let other { close(other) }
        }.start()
    }

    /// One that answers each request, on kept-alive connections, with the bytes that `answer` gives.
    package convenience init(path: String? = nil, answering answer: @escaping @Sendable (RawRequest) -> String) throws {
        try self.init(path: path) { connection, _, origin in
            while let request = try origin.request(on: connection) { try connection.send(answer(request)) }
        }
    }

    /// Accepts no more.
    package func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    /// Takes the next request of a connection and keeps it.
    package func request(on connection: Connection) throws -> RawRequest? {
        guard let request = try connection.takeRequest() else { return nil }
        keep(request)
        return request
    }

    package func keep(_ request: RawRequest) {
        lock.withLock {
            kept.append(request)
            lock.broadcast()
        }
    }

    /// What it was asked so far.
    package var requests: [RawRequest] { lock.withLock { kept } }
    /// Returns when it was asked so often.
    package func wait(forRequests count: Int, within seconds: Double = patience) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        lock.lock()
        defer { lock.unlock() }
        while kept.count < count {
            guard lock.wait(until: deadline) else {
                throw Disappointment("\(kept.count) of \(count) requests came in \(seconds) s")
            }
        }
    }

    /// Returns when so many connections came.
    package func wait(forConnections count: Int, within seconds: Double = patience) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        lock.lock()
        defer { lock.unlock() }
        while accepted < count {
            guard lock.wait(until: deadline) else {
                throw Disappointment("\(accepted) of \(count) connections came in \(seconds) s")
            }
        }
    }

    /// How many connections came.
    package var connections: Int { lock.withLock { accepted } }
}

/// A moment that one thread waits for and another one announces.
package final class Signal: @unchecked Sendable {
    private let condition = NSCondition()
    private var isGiven = false

    package init() {}

    package func give() {
        condition.withLock {
            isGiven = true
            condition.broadcast()
        }
    }

    package func wait(within seconds: Double = patience) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        condition.lock()
        defer { condition.unlock() }
        while !isGiven {
            guard condition.wait(until: deadline) else { throw Disappointment("waited in vain for \(seconds) s") }
        }
    }
}

/// Runs something on a thread of its own, to be waited for.
package final class Background<Value: Sendable>: @unchecked Sendable {
    private let done = Signal()
    private var result: Result<Value, any Error>?

    package init(_ work: @escaping @Sendable () throws -> Value) {
        Thread { [self] in
            result = Result { try work() }
            done.give()
        }.start()
    }

    package func value(within seconds: Double = 2 * patience) throws -> Value {
        try done.wait(within: seconds)
        guard let result else { throw Disappointment("no result") }
        return try result.get()
    }
}
