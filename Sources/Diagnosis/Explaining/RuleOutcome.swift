import HeaderPolicy

extension StageTrace.Outcome {
    /// The outcome of a rule in one word for programs and in a few for people, and the reason if it did not run.
    var told: (word: String, words: String, because: String?) {
        switch self {
        case .applied: ("applied", "applied", nil)
        case .withoutEffect: ("without_effect", "nothing to do", nil)
        case .stopped: ("stopped", "ended the stage", nil)
        case .unmet(let unmet): ("not_applied", "did not apply", unmet.found)
        case .inShadow: ("in_shadow", "in shadow", "nothing of it is sent")
        case .notReached(let other): ("not_reached", "not reached", "rule \(other + 1) ended the stage")
        }
    }
}
