public import HTTPModel

/// Weighted rendezvous hashing: every key has its own distance to every server, and goes to the nearest.
///
/// When a server comes or goes, only the keys that it gets or had move, and they are spread over all the others; no ring has to
/// be built. All proxies, and all their runs, agree on the result.
public enum ConsistentHash {
    public static func of(_ bytes: Span<UInt8>) -> UInt64 { SplitMix64.mixed(FNV.hash(bytes)) }

    public static func of(_ address: IPAddress) -> UInt64 { SplitMix64.mixed(SplitMix64.mixed(address.high) &+ address.low) }

    /// Returns a distance that is exponentially distributed with the weight as its rate, so that each server is the nearest in
    /// proportion to its weight.
    static func distance(from key: UInt64, to server: UInt64, weight: Int) -> Double {
        // Only 52 bits are used: a double has no more, and the result never quite reaches 1.
        let uniform = (Double(SplitMix64.mixed(key ^ server) >> 12) + 0.5) * 0x1p-52
        return -binaryLogarithm(uniform) / Double(max(1, weight))
    }

    /// Returns the logarithm of a positive number, with an error below 1e-6, from the exponent and a series for the rest. The
    /// result has the same bits on every machine.
    static func binaryLogarithm(_ number: Double) -> Double {
        let ratio = (number.significand - 1) / (number.significand + 1)
        let square = ratio * ratio
        let series = 1 + square * (1 / 3 + square * (1 / 5 + square * (1 / 7 + square * (1 / 9 + square * (1 / 11)))))
        return Double(number.exponent) + 2.885_390_081_777_927 * ratio * series
    }
}
