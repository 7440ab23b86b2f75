import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A program that the loop has started: what it prints, and how it ends.
@safe public final class ChildProcess: LoopTask {
    /// How a child has ended.
    public enum Ending: Hashable, Sendable {
        case exited(code: Int32)
        case killed(signal: Int32)
    }

    /// The output on which a child printed something.
    public enum Output: Int, Hashable, Sendable, CaseIterable { case standard, error }

    /// The events of a child process.
    public struct Events {
        /// Called with bytes that the child printed; they are valid during the call.
        public var printed: (Span<UInt8>, Output) -> Void
        /// Called when the child has ended; processes that inherited its outputs may still print.
        public var exited: (Ending) -> Void
        /// Called when the child has ended and all of its output has been reported.
        public var ended: (Ending) -> Void

        public init(
            printed: @escaping (Span<UInt8>, Output) -> Void, exited: @escaping (Ending) -> Void = { _ in },
            ended: @escaping (Ending) -> Void
        ) {
            self.printed = printed
            self.exited = exited
            self.ended = ended
        }
    }

    private let process: UnsafeMutablePointer<uv_process_t>
    private let pipes: UnsafeMutablePointer<uv_pipe_t>
    private var buffer: UnsafeMutablePointer<CChar>
    private var events: Events?
    /// The loop, which cancels its tasks before it ends.
    private unowned(unsafe) let loop: Loop
    /// The number of handles that libuv still has.
    private var open = 0
    private var ending: Ending?
    /// The end of the child's standard input that this process holds; -1 if the child has none.
    private var heldInput: Int32 = -1

    private static let bufferSize = 16 << 10

    fileprivate init(_ loop: Loop, _ events: Events) {
        unsafe process = .allocate(capacity: 1)
        unsafe pipes = .allocate(capacity: Output.allCases.count)
        unsafe buffer = .allocate(capacity: Self.bufferSize)
        unsafe self.loop = loop
        self.events = events
    }

    deinit {
        unsafe process.deallocate()
        unsafe pipes.deallocate()
        unsafe buffer.deallocate()
        if heldInput >= 0 { Platform.close(heldInput) }
    }

    /// The process ID; 0 after the child has ended.
    public var processID: Int32 { ending == nil ? unsafe uv_process_get_pid(process) : 0 }

    fileprivate func start(
        _ arguments: [String], _ environment: [String]?, ownGroup: Bool, holdsInput: Bool
    ) throws(SystemError) {
        var input: Int32 = -1
        if holdsInput { (input, heldInput) = try Self.makePipe(readFlags: 0) }
        defer { if input >= 0 { Platform.close(input) } }
        let ends = try Self.makePipes()
        defer { for end in ends { Platform.close(end.write) } }
        let key = unsafe loop.keep(self)
        var status: CInt = 0
        for output in Output.allCases {
            let pipe = unsafe pipes + output.rawValue
            _ = unsafe uv_pipe_init(loop.handle, pipe, 0)
            unsafe pipe.pointee.data = unsafe key
            let opened = unsafe uv_pipe_open(pipe, ends[output.rawValue].read)
            if opened != 0 {
                Platform.close(ends[output.rawValue].read)
                status = opened
            }
        }
        open = Output.allCases.count
        // libuv initializes the handle of the process even if the program could not be started.
        let spawned = spawn(arguments, environment, ownGroup, input, ends.map(\.write))
        if status == 0 { status = spawned }
        unsafe process.pointee.data = unsafe key
        open += 1
        if status == 0 {
            for output in Output.allCases where status == 0 { status = read(output) }
        }
        guard status == 0 else {
            events = nil
            if spawned == 0 { unsafe uv_process_kill(process, SIGKILL) }
            cancel()
            throw SystemError(uv: status, "spawn")
        }
    }

    /// Makes a pipe for each output. With the sockets that libuv would make, a program could not open /dev/stdout.
    private static func makePipes() throws(SystemError) -> [(read: Int32, write: Int32)] {
        var pipes: [(read: Int32, write: Int32)] = []
        for _ in Output.allCases {
            do throws(SystemError) {
                pipes.append(try makePipe(readFlags: CInt(UV_NONBLOCK_PIPE.rawValue)))
            } catch {
                for pipe in pipes {
                    Platform.close(pipe.read)
                    Platform.close(pipe.write)
                }
                throw error
            }
        }
        return pipes
    }

    /// Makes a pipe that other children do not inherit.
    private static func makePipe(readFlags: CInt) throws(SystemError) -> (read: Int32, write: Int32) {
        var pair: (Int32, Int32) = (-1, -1)
        // The pair is two descriptors side by side, and valid for the call.
        let status = unsafe withUnsafeMutablePointer(to: &pair) { pointer in
            unsafe pointer.withMemoryRebound(to: uv_file.self, capacity: 2) { unsafe uv_pipe($0, readFlags, 0) }
        }
        guard status == 0 else { throw SystemError(uv: status, "pipe") }
        return (read: pair.0, write: pair.1)
    }

    private func spawn(
        _ arguments: [String], _ environment: [String]?, _ ownGroup: Bool, _ input: Int32, _ outputs: [Int32]
    ) -> CInt {
        var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = unsafe (environment ?? []).map { unsafe strdup($0) } + [nil]
        defer {
            unsafe words.forEach { unsafe free($0) }
            unsafe variables.forEach { unsafe free($0) }
        }
        var stdio = unsafe [uv_stdio_container_t](repeating: unsafe uv_stdio_container_t(), count: 3)
        unsafe stdio[0].flags = input < 0 ? UV_IGNORE : UV_INHERIT_FD
        unsafe stdio[0].data.fd = input
        for output in Output.allCases {
            unsafe stdio[output.rawValue + 1].flags = UV_INHERIT_FD
            unsafe stdio[output.rawValue + 1].data.fd = outputs[output.rawValue]
        }
        // Everything that the options point to is valid for the call, which copies what it keeps.
        return unsafe words.withUnsafeMutableBufferPointer { words in
            unsafe variables.withUnsafeMutableBufferPointer { variables in
                unsafe stdio.withUnsafeMutableBufferPointer { stdio in
                    var options = unsafe uv_process_options_t()
                    unsafe options.file = UnsafePointer(words[0])
                    unsafe options.args = words.baseAddress
                    if environment != nil { unsafe options.env = variables.baseAddress }
                    unsafe options.stdio_count = 3
                    unsafe options.stdio = stdio.baseAddress
                    if ownGroup { unsafe options.flags = UV_PROCESS_DETACHED.rawValue }
                    unsafe options.exit_cb = { process, code, signal in
                        guard let process = unsafe process, let key = unsafe process.pointee.data else { return }
                        let child = unsafe Unmanaged<ChildProcess>.fromOpaque(key).takeUnretainedValue()
                        child.exited(signal == 0 ? .exited(code: Int32(truncatingIfNeeded: code)) : .killed(signal: signal))
                    }
                    return unsafe uv_spawn(loop.handle, process, &options)
                }
            }
        }
    }

    private func read(_ output: Output) -> CInt {
        let stream = unsafe UnsafeMutableRawPointer(pipes + output.rawValue).assumingMemoryBound(to: uv_stream_t.self)
        return unsafe uv_read_start(
            stream,
            { handle, _, target in
                guard let handle = unsafe handle, let key = unsafe handle.pointee.data, let target = unsafe target else { return }
                let child = unsafe Unmanaged<ChildProcess>.fromOpaque(key).takeUnretainedValue()
                unsafe target.pointee = uv_buf_init(child.buffer, UInt32(ChildProcess.bufferSize))
            },
            { stream, count, bytes in
                guard let stream = unsafe stream, let key = unsafe stream.pointee.data else { return }
                unsafe Unmanaged<ChildProcess>.fromOpaque(key).takeUnretainedValue().printed(stream, count)
            })
    }

    private func printed(_ stream: UnsafeMutablePointer<uv_stream_t>, _ count: Int) {
        guard count != 0 else { return }
        guard count > 0 else { return unsafe close(UnsafeMutableRawPointer(stream)) }
        let isError = unsafe UnsafeMutableRawPointer(stream) == UnsafeMutableRawPointer(pipes + Output.error.rawValue)
        // This many bytes have just been written into the buffer.
        unsafe buffer.withMemoryRebound(to: UInt8.self, capacity: count) { pointer in
            let bytes = unsafe Span(_unsafeStart: UnsafePointer(pointer), count: count)
            events?.printed(bytes, isError ? .error : .standard)
        }
    }

    private func exited(_ ending: Ending) {
        self.ending = ending
        events?.exited(ending)
        unsafe close(UnsafeMutableRawPointer(process))
    }

    private func close(_ handle: UnsafeMutableRawPointer) {
        let handle = unsafe handle.assumingMemoryBound(to: uv_handle_t.self)
        guard unsafe uv_is_closing(handle) == 0 else { return }
        // The handles live as long as this object, which the loop keeps until all of them are closed.
        unsafe uv_close(handle) { handle in
            guard let handle = unsafe handle, let key = unsafe handle.pointee.data else { return }
            unsafe Unmanaged<ChildProcess>.fromOpaque(key).takeUnretainedValue().closed()
        }
    }

    /// Reports the end once the process and both its outputs have ended.
    private func closed() {
        open -= 1
        guard open == 0 else { return }
        let events = events
        self.events = nil
        let loop = unsafe loop
        unsafe loop.forget(Unmanaged.passUnretained(self).toOpaque())
        if let ending { events?.ended(ending) }
    }

    /// Sends the child a signal; with `toGroup`, also to the processes that it has started, if it has its own group.
    public func signal(_ number: Int32, toGroup: Bool = false) {
        guard processID > 0 else { return }
        if toGroup { _ = kill(-processID, number) } else { unsafe uv_process_kill(process, number) }
    }

    /// Stops reporting events. The child goes on running.
    public override func cancel() {
        events = nil
        for output in Output.allCases { unsafe close(UnsafeMutableRawPointer(pipes + output.rawValue)) }
        unsafe close(UnsafeMutableRawPointer(process))
    }
}

extension Loop {
    /// Starts a program, which is searched for in `PATH`.
    ///
    /// - Parameters:
    ///   - arguments: the arguments, with the program's name first.
    ///   - environment: the variables as `NAME=value`; nil for those of this process.
    ///   - ownGroup: makes the child lead its own session and process group, so that a signal can reach everything that it
    ///     starts.
    ///   - holdsInput: the child's standard input is empty and ends when this process does, however that may be; otherwise it
    ///     has ended from the start.
    public func spawn(
        _ arguments: [String], environment: [String]? = nil, ownGroup: Bool = false, holdsInput: Bool = false,
        _ events: ChildProcess.Events
    ) throws(SystemError) -> ChildProcess {
        guard !arguments.isEmpty else { throw SystemError(EINVAL, "spawn") }
        let child = ChildProcess(self, events)
        try child.start(arguments, environment, ownGroup: ownGroup, holdsInput: holdsInput)
        return child
    }
}
