public import HTTPModel
public import HeaderPolicy

/// The resources that one event loop lends to all its exchanges under one configuration: time, working memory, sources of fresh
/// values.
public struct ExchangeContext {
    /// The time in milliseconds of a monotonic clock.
    public var now = 0
    /// The same time in nanoseconds.
    public var nanoseconds: UInt64 = 0
    /// The time in seconds since 1970.
    public private(set) var unixSeconds = -1
    private(set) var date: [UInt8] = []
    var requestIDs: RequestIDs
    var random: FreshRandom
    public var inspection: Inspection
    /// Takes the reports that `reports` routes collect; nil when nobody does.
    let reports: (any ReportTaker)?
    /// Chooses and logs the differences that rules in shadow would make; nil when nobody does.
    let shadowTaker: (any ShadowTaker)?
    /// The counts of exchanges with rules in shadow, by the index of the route; the number of routes stands for none.
    public var shadow: [Int: ShadowCounts] = [:]

    // These are used for one thing at a time, and keep their storage.
    public var scratch: StageScratch
    /// The scratch of trials, whose rules are not counted.
    var trialScratch = StageScratch()
    /// The fields of the request that goes to an app, after the request stage.
    public var forwarded = Fields()
    public var bytes: [UInt8] = []
    var replyBody: [UInt8] = []
    var digits: [UInt8] = []

    public init(
        requestIDs: RequestIDs, scratch: StageScratch = StageScratch(), random: FreshRandom = .system,
        observer: (any ExchangeObserver)? = nil, reports: (any ReportTaker)? = nil, shadowTaker: (any ShadowTaker)? = nil
    ) {
        self.requestIDs = requestIDs
        self.scratch = scratch
        self.random = random
        self.reports = reports
        self.shadowTaker = shadowTaker
        inspection = Inspection(observer)
    }

    /// Returns the time in milliseconds since 1970, for rare uses.
    public var unixMilliseconds: @Sendable () -> Int = { 0 }

    /// - Parameter unixSeconds: the time in seconds since 1970.
    public mutating func setTime(unixSeconds: Int) {
        guard unixSeconds != self.unixSeconds else { return }
        self.unixSeconds = unixSeconds
        date = HTTPDate.bytes(unixSeconds: unixSeconds)
    }
}

/// The source of randomness for nonces, trace ids, seeds and the like.
public enum FreshRandom: RandomNumberGenerator, Sendable {
    case system
    /// The same numbers on every run, so that results can be compared.
    case repeatable(SplitMix64)

    public mutating func next() -> UInt64 {
        switch self {
        case .system: return .random(in: .min ... .max)
        case .repeatable(var generator):
            let number = generator.next()
            self = .repeatable(generator)
            return number
        }
    }
}

/// Takes the reports of browsers, from all event loops.
public protocol ReportTaker: AnyObject, Sendable {
    /// Whether a client may send one more request now, in nanoseconds of a clock that goes forward.
    func take(_ client: IPAddress, of collector: ReportCollector, on route: [UInt8], now: UInt64) -> ReportLimiter.Decision
    /// One request's reports, and their lines for the log. `dropped`: how many more there were.
    func log(_ lines: [UInt8], of reports: ArraySlice<Report>, dropped: Int)
    func refused(_ reason: Reason)
}
