import HeaderPolicy

extension FetchFailure.Check {
    /// The field that the check looks at, if a single rule makes it; nil if no rule does, or if the fault is that two do.
    var field: String? {
        switch self {
        case .originMissing, .originDiffers, .starWithCredentials: "Access-Control-Allow-Origin"
        case .credentialsMissing: "Access-Control-Allow-Credentials"
        case .methodNotAllowed, .methodsMalformed: "Access-Control-Allow-Methods"
        case .fieldNotAllowed, .fieldsMalformed: "Access-Control-Allow-Headers"
        case .network, .forbiddenMethod, .originTwice, .preflightStatus, .preflightRedirect, .urlWithUser, .redirectUnwanted,
            .redirectMalformed, .redirectWithUser, .tooManyRedirects, .resourcePolicy, .mixedContent, .originLost:
            nil
        }
    }
}

extension StageTrace.Step {
    /// Whether the rule has given a field another value, or taken a line of it away.
    func changes(_ name: String) -> Bool {
        changes.contains { change in
            switch change {
            case .added(let line), .removed(let line): line.isNamed(name)
            case .replaced(let old, let new):
                [new.value] != old.map(\.value) && (old + [new]).contains { $0.isNamed(name) }
                    || old.contains { $0.isNamed(name) } && !new.isNamed(name)
            case .moved: false
            }
        }
    }
}
