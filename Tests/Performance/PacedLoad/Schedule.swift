import HTTPModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// When each request is due, in nanoseconds from the start. The gaps are random with a fixed mean, as those of many clients that know
/// nothing of each other, and the same in every run.
struct Schedule {
    let due: [Int64]
    /// How many of them only warm up.
    let unseen: Int

    init(rate: Double, warmUp: Double, seconds: Double) {
        var random = SplitMix64(seed: 0x1e77_e64e_ad00_0001)
        var due: [Int64] = []
        due.reserveCapacity(Int(rate * (warmUp + seconds) * 1.1) + 16)
        var moment = 0.0
        while moment < warmUp + seconds {
            due.append(Int64(moment * 1e9))
            moment += random.gap(mean: 1 / rate)
        }
        self.due = due
        unseen = due.firstIndex { Double($0) >= warmUp * 1e9 } ?? 0
    }
}

extension SplitMix64 {
    /// Exponentially distributed.
    fileprivate mutating func gap(mean: Double) -> Double {
        -mean * log(Double.random(in: Double.leastNonzeroMagnitude..<1, using: &self))
    }
}
