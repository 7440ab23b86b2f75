import Glibc
import Synchronization
import Testing

@testable import EventLoop

/// Who writes a log waits for nobody; what is lost is counted, and said once.
@Suite struct LogSinkTests {
    private final class Told: Sendable {
        private let troubles = Mutex<[LogSink.Trouble]>([])
        var all: [LogSink.Trouble] { troubles.withLock { $0 } }
        func add(_ trouble: LogSink.Trouble) { troubles.withLock { $0.append(trouble) } }
    }

    private static func pipe() throws -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [0, 0]
        try #require(Glibc.pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func line(_ number: Int) -> [UInt8] { Array("\(number) \(String(repeating: "x", count: 1000))\n".utf8) }

    private static func read(_ descriptor: Int32, lines count: Int) -> [String] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count(where: { $0 == 10 }) < count {
            let read = Glibc.read(descriptor, &buffer, buffer.count)
            guard read > 0 else { break }
            bytes += buffer[..<read]
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// More than a pipe and the queue hold: the rest is dropped, in order, and what was taken comes whole. Whether the pipe blocks or not.
    @Test(arguments: [0, O_NONBLOCK])
    func sleepingReader(_ flags: Int32) throws {
        let (reader, writer) = try Self.pipe()
        defer { for end in [reader, writer] { close(end) } }
        _ = fcntl(writer, F_SETFL, flags)
        let told = Told()
        let sink = LogSink(descriptor: writer, limit: 100 << 10) { told.add($0) }
        for number in 0..<1_000 { sink.write(Self.line(number)) }
        #expect(sink.droppedBlocks > 0)
        #expect(!sink.drain(milliseconds: 10), "nobody has read it")
        #expect(told.all.first == .began(cause: "nobody reads it fast enough"))
        guard case .left(let left) = told.all.last else { return _ = Issue.record("nobody was told of what is left") }
        let taken = 1_000 - sink.droppedBlocks
        let lines = Self.read(reader, lines: taken)
        #expect(lines.count == taken && lines.allSatisfy { $0.hasSuffix(String(repeating: "x", count: 1000)) })
        let numbers = lines.compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }
        #expect(numbers == numbers.sorted())
        // The pipe holds some sixty of them; of the one that is half in it one cannot say that it was read.
        #expect((sink.droppedBlocks + 1..<1_000).contains(left))
        #expect(sink.drain(milliseconds: 30_000))
    }

    @Test(arguments: [("/dev/full", O_WRONLY, ENOSPC), ("/dev/null", O_RDONLY, EBADF)])
    func nothingCanBeWritten(_ path: String, _ flags: Int32, _ error: Int32) throws {
        let descriptor = open(path, flags | O_CLOEXEC)
        defer { close(descriptor) }
        let told = Told()
        let sink = LogSink(descriptor: descriptor) { told.add($0) }
        for number in 0..<10 { sink.write(Self.line(number)) }
        #expect(sink.drain(milliseconds: 30_000))
        #expect(sink.droppedBlocks == 10)
        #expect(told.all == [.began(cause: String(cString: strerror(error))), .left(lines: 10)])
    }

    @Test func lossIsNewsOnceAndItsEndIsToo() {
        var loss = Loss()
        let start = ContinuousClock.now
        #expect(loss.written(now: start) == nil)
        #expect(loss.add(3, "full", now: start) == .began(cause: "full"))
        #expect(loss.add(0, "full", now: start) == nil, "a part of a line is one")
        #expect(loss.written(now: start) == nil, "one that found room")
        #expect(loss.add(1, "gone", now: start + Loss.pause) == nil)
        #expect(loss.written(now: start + Loss.pause) == nil)
        #expect(loss.written(now: start + Loss.pause * 2) == .ended(lines: 5))
        #expect(loss.written(now: start + Loss.pause * 3) == nil)
        #expect(loss.add(1, "full", now: start + Loss.pause * 4) == .began(cause: "full"))
    }
}
