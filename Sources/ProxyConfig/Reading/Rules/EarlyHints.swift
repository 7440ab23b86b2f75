import HeaderPolicy

extension Reading {
    /// `early_hints:` — `true`, `false` or `always`.
    func earlyHints(_ node: Node) -> Rule.EarlyHints? {
        switch word(node, for: "`early_hints`", EarlyHintsWord.self) {
        case .true: .modern
        case .always: .always
        case .false, nil: nil
        }
    }
}

private enum EarlyHintsWord: String, CaseIterable { case `true`, `false`, always }
