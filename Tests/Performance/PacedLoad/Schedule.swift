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
        var random = SplitMix(state: 0x1e77_e64e_ad00_0001)
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

/// Numbers that look random and are always the same.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Exponentially distributed.
    mutating func gap(mean: Double) -> Double {
        -mean * log(Double.random(in: Double.leastNonzeroMagnitude..<1, using: &self))
    }
}
