import HTTPModel

/// All keys of all mappings in a configuration.
package enum Vocabulary {
    package struct Section: Sendable {
        package var name: String
        package var sentence: String
        var form: MappingForm
        package var keys: [String]
        /// The declaration of each key, in the same order.
        package var declarations: [KeyDeclaration]
        var foreign: [String: String]
    }

    /// The sections, in the order of the schema.
    package static var sections: [Section] {
        [
            section(RootKey.self), section(ListenerKey.self), section(ListenerTLSKey.self), section(ListenerCertificateKey.self),
            section(ClientCertificatesKey.self), section(HTTPSRedirectKey.self), section(UpstreamKey.self),
            section(UpstreamServerKey.self), section(BalanceKey.self), section(BalanceHashKey.self),
            section(HealthCheckKey.self), section(EjectionKey.self), section(RetriesKey.self), section(UpstreamTLSKey.self),
            section(UpstreamTimeoutKey.self), section(RequestIDKey.self), section(DebugKey.self), section(InspectorKey.self),
            section(LimitKey.self), section(TimeoutKey.self), section(RouteKey.self), section(RouteTimeoutKey.self),
            section(RouteLimitKey.self), section(RespondKey.self), section(RedirectKey.self), section(ReportsKey.self),
            section(RuleKey.self), section(RuleListKey.self), section(EditKey.self), section(ConditionKey.self),
            section(FieldTestKey.self), section(SampleKey.self), section(CORSKey.self), section(CookieKey.self),
        ]
    }

    package static func section<Key: Keys>(_: Key.Type) -> Section {
        Section(
            name: Key.section, sentence: Key.sentence, form: Key.form, keys: Key.allCases.map(\.rawValue),
            declarations: Key.allCases.map(\.declaration), foreign: Key.foreign)
    }
}

extension Vocabulary.Section {
    /// Returns what to write instead of a word that is not a key of this section.
    ///
    /// - Parameter own: the help that the keys themselves give.
    func instead(of word: String, _ own: (String) -> String?) -> String {
        let folded = word.lowercased().replacing("-", by: "_")
        if let help = foreign[folded] { return help }
        if let meant = declarations.firstIndex(where: { $0.words.contains(folded) }) { return "say `\(keys[meant])`" }
        return own(word) ?? closest(to: word, among: keys).map { "did you mean `\($0)`?" }
            ?? "known here: \(keys.joined(separator: ", "))"
    }
}
