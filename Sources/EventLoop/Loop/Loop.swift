import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One loop on one thread: it waits for sockets, tells its client about events, and writes for it.
///
/// A turn handles ready sockets, then the alarm, then `LoopClient.endTurn`. All of it happens on the thread that runs the loop;
/// other threads send it jobs through `LoopMail`.
///
/// The loop uses libuv's `uv_poll_t` for readiness only: it reads and writes by itself, with one buffer for all reads. Each
/// descriptor number that was ever used has a poll handle, which is reused with the number, so that a connection allocates
/// nothing.
@safe public final class Loop {
    let handle: UnsafeMutablePointer<uv_loop_t>
    private let turnEnd: UnsafeMutablePointer<uv_prepare_t>
    private let alarmClock: UnsafeMutablePointer<uv_timer_t>
    /// The timer after which listeners without a descriptor try again.
    let retry: UnsafeMutablePointer<uv_timer_t>
    /// The timer that fires at once when there is a broken socket to report.
    let messenger: UnsafeMutablePointer<uv_timer_t>
    var broken: [SocketID] = []
    /// The poll handles, by descriptor.
    var polls: [UnsafeMutablePointer<uv_poll_t>?] = unsafe []
    /// The sockets' states, by descriptor.
    var slots: [SocketSlot] = []
    /// The buffer for everything that is read.
    let buffer: UnsafeMutablePointer<UInt8>
    /// It outlives `run` and `turn`, so that its calls need not count references to it.
    var client: Unmanaged<LoopClient>
    private let idleClient = LoopClient()
    /// Listeners that wait for a free descriptor.
    var starving: [Int32] = []
    /// A descriptor that is kept in reserve and closed when there is no other, so that an essential listener can accept.
    var reserve: Int32 = -1
    /// The number of sockets that are connected or connecting.
    public internal(set) var socketCount = 0
    var nextGeneration: UInt32 = 0
    /// Child processes and look-ups for which libuv calls back.
    var tasks: [UnsafeMutableRawPointer: LoopTask] = unsafe [:]
    public let mail: LoopMail
    private var isClosed = false

    /// The size of the buffer, and so the most bytes of one read.
    public static let readSize = 256 << 10

    /// - Throws: `SystemError` if the system has no descriptors for the loop.
    public init() throws(SystemError) {
        unsafe handle = .allocate(capacity: 1)
        unsafe turnEnd = .allocate(capacity: 1)
        unsafe alarmClock = .allocate(capacity: 1)
        unsafe retry = .allocate(capacity: 1)
        unsafe messenger = .allocate(capacity: 1)
        unsafe buffer = .allocate(capacity: Self.readSize)
        let status = unsafe uv_loop_init(handle)
        guard status == 0 else {
            unsafe handle.deallocate()
            unsafe turnEnd.deallocate()
            unsafe alarmClock.deallocate()
            unsafe retry.deallocate()
            unsafe messenger.deallocate()
            unsafe buffer.deallocate()
            throw SystemError(uv: status, "uv_loop_init")
        }
        mail = LoopMail()
        unsafe client = .passUnretained(idleClient)
        // These calls cannot fail.
        unsafe uv_prepare_init(handle, turnEnd)
        unsafe uv_timer_init(handle, alarmClock)
        unsafe uv_timer_init(handle, retry)
        unsafe uv_timer_init(handle, messenger)
        unsafe handle.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        unsafe uv_prepare_start(turnEnd) { prepare in
            guard let prepare = unsafe prepare else { return }
            unsafe Loop.of(prepare.pointee.loop)._withUnsafeGuaranteedRef { loop in
                unsafe loop.client._withUnsafeGuaranteedRef { $0.endTurn() }
            }
        }
        reserve = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        let opened = mail.open(on: self)
        guard opened == 0 else {
            close()
            throw SystemError(uv: opened, "uv_async_init")
        }
    }

    deinit { close() }

    /// The loop for which libuv calls back; it lives as long as its handles.
    static func of(_ handle: UnsafeMutablePointer<uv_loop_t>) -> Unmanaged<Loop> {
        unsafe Unmanaged.fromOpaque(handle.pointee.data)
    }

    // MARK: Running

    /// Runs until `stop`. The client must outlive the call.
    public func run(_ client: LoopClient) {
        unsafe self.client = .passUnretained(client)
        withExtendedLifetime(client) { _ = unsafe uv_run(handle, UV_RUN_DEFAULT) }
        unsafe self.client = .passUnretained(idleClient)
    }

    /// Runs one turn, which waits for an event unless there is work already or `waits` is false.
    public func turn(_ client: LoopClient, waits: Bool = true) {
        unsafe self.client = .passUnretained(client)
        withExtendedLifetime(client) { _ = unsafe uv_run(handle, waits ? UV_RUN_ONCE : UV_RUN_NOWAIT) }
        unsafe self.client = .passUnretained(idleClient)
    }

    /// Makes `run` return at the end of this turn. Must be called on the loop's thread.
    public func stop() { unsafe uv_stop(handle) }

    /// The milliseconds of a monotonic clock, as of the beginning of this turn.
    public var now: Int { Int(truncatingIfNeeded: unsafe uv_now(handle)) }

    /// The nanoseconds of the same clock, read now.
    public static func nanoseconds() -> UInt64 { uv_hrtime() }

    // MARK: The alarm

    /// Sets the time, in milliseconds of `now`, at which the client's `alarm` is called; `.max` for never. There is one alarm,
    /// and the last call counts.
    public func setAlarm(at moment: Int) {
        guard moment < .max else {
            unsafe uv_timer_stop(alarmClock)
            return
        }
        unsafe uv_timer_start(
            alarmClock,
            { timer in
                guard let timer = unsafe timer else { return }
                unsafe Loop.of(timer.pointee.loop)._withUnsafeGuaranteedRef { loop in
                    unsafe loop.client._withUnsafeGuaranteedRef { $0.alarm() }
                }
            }, UInt64(max(0, moment &- now)), 0)
    }

    // MARK: Ending

    /// Closes every socket and frees the loop's resources. Must not be called while it runs.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        for descriptor in slots.indices where slots[descriptor].use != .free { release(Int32(descriptor)) }
        if reserve >= 0 { Platform.close(reserve) }
        reserve = -1
        mail.close()
        for task in unsafe Array(tasks.values) { task.cancel() }
        // Closed handles get their callbacks in a last turn of libuv's.
        unsafe uv_walk(
            handle,
            { handle, _ in
                if unsafe uv_is_closing(handle) == 0 { unsafe uv_close(handle, nil) }
            }, nil)
        unsafe uv_run(handle, UV_RUN_DEFAULT)
        unsafe uv_loop_close(handle)
        unsafe polls.forEach { unsafe $0?.deallocate() }
        unsafe polls = unsafe []
        unsafe tasks = unsafe [:]
        unsafe handle.deallocate()
        unsafe turnEnd.deallocate()
        unsafe alarmClock.deallocate()
        unsafe retry.deallocate()
        unsafe messenger.deallocate()
        unsafe buffer.deallocate()
    }
}
