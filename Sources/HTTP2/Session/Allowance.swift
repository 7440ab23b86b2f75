/// A limit on actions of a peer that cost more than they are worth: a burst is allowed, and time and useful work refill it.
struct Allowance {
    private let burst: Int
    private let perSecond: Int
    private var left: Int
    /// The time, in milliseconds of the owner's clock, up to which the allowance has been refilled; nil before the first use.
    private var paid: Int?

    init(burst: Int, perSecond: Int) {
        self.burst = max(burst, 1)
        self.perSecond = max(perSecond, 0)
        left = self.burst
    }

    /// Takes `cost`. False if that is more than what is left.
    mutating func take(_ cost: Int, now: Int) -> Bool {
        let since = paid ?? now
        let elapsed = min(max(now &- since, 0), 1 << 30)
        let earned = elapsed &* min(perSecond, 1 << 20) / 1000
        if paid == nil || earned > 0 || now < since {
            earn(earned)
            paid = now
        }
        guard left >= cost else { return false }
        left -= cost
        return true
    }

    /// Refills the allowance after useful work.
    mutating func earn(_ gain: Int) {
        left = min(left &+ gain, burst)
    }
}
