/// How long each request took from the moment at which it was due, in nanoseconds.
struct Latencies {
    var answered: [Int64] = []
    /// All of them, those that only warm up as well.
    var sent = 0
    /// Of those that had no answer at the end: what they had waited until then.
    var unanswered: [Int64] = []

    var json: String {
        let all = (answered + unanswered).sorted()
        func microseconds(_ share: Double) -> Double {
            guard !all.isEmpty else { return 0 }
            return Double(all[min(all.count - 1, Int(Double(all.count) * share))]) / 1000
        }
        return """
            {"sent": \(sent), "answered": \(answered.count), "unanswered": \(unanswered.count), "p50_us": \(microseconds(0.5)), \
            "p90_us": \(microseconds(0.9)), "p99_us": \(microseconds(0.99)), "p999_us": \(microseconds(0.999)), \
            "max_us": \(microseconds(1))}
            """
    }
}
