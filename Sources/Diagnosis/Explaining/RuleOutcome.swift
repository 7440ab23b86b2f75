import HeaderPolicy

extension StageTrace.Outcome {
    /// What became of a rule: in one word for programs, in a few for people, and why where it did not run.
    var told: (word: String, words: String, because: String?) {
        switch self {
        case .applied: ("applied", "applied", nil)
        case .withoutEffect: ("without_effect", "nothing to do", nil)
        case .stopped: ("stopped", "ended the stage", nil)
        case .unmet(let unmet): ("not_applied", "did not apply", unmet.found)
        case .notReached(let other): ("not_reached", "not reached", "rule \(other + 1) ended the stage")
        }
    }
}
