/// What a peer may do that costs more than it is worth: a burst, which time and useful work refill.
struct Allowance {
    private let burst: Int
    private let perSecond: Int
    private var left: Int
    /// Milliseconds of the owner's clock up to which time has been paid out; nil before the first look at it.
    private var paid: Int?

    init(burst: Int, perSecond: Int) {
        self.burst = max(burst, 1)
        self.perSecond = max(perSecond, 0)
        left = self.burst
    }

    /// Takes `cost`. False when that is more than what is left.
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

    /// Useful work was done.
    mutating func earn(_ gain: Int) {
        left = min(left &+ gain, burst)
    }
}
