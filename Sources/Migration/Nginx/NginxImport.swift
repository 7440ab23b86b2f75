import HeaderPolicy
package import ProxyConfig

/// Imports an nginx configuration: the parts about the way to an app and about fields.
package enum NginxImport {
    /// A file of the configuration that is imported.
    package struct File: Sendable {
        package var name: String
        package var text: String

        package init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    /// Returns a configuration that loads, with comments that tell, by file and line, what was not carried over.
    ///
    /// - Parameters:
    ///   - text: a configuration file, `nginx.conf` or a part of one, or the output of `nginx -T`.
    ///   - file: the name of the text in comments.
    ///   - read: returns the files that an `include` names, which may be a pattern with `*`; nil when it may not be followed. It
    ///     is not called for the output of `nginx -T`, which contains all of them.
    /// - Throws: the errors in the text, if it is not a configuration of nginx.
    package static func yaml(
        _ text: String, file: String, read: @escaping (String) -> [File]? = { _ in [] }
    ) throws(ConfigurationErrors) -> String {
        guard text.utf8.count <= ConfigurationLoader.sizeLimit else {
            throw ConfigurationErrors([
                Diagnostic(.error, "the configuration is larger than 8MB", at: SourceLocation(file: file, line: 1, column: 1))
            ])
        }
        let dumped = NginxSources.dumped(text)
        let main = dumped.first ?? File(name: file, text: text)
        let folder = main.name.lastIndex(of: "/").map { String(main.name[...$0]) } ?? ""
        var sources = NginxSources { pattern in
            guard !dumped.isEmpty else { return read(pattern) }
            let pattern = pattern.hasPrefix("/") ? pattern : folder + pattern
            return dumped.filter { NginxSources.matches($0.name, pattern) }
        }
        let directives = sources.directives(of: main)
        guard sources.problems.isEmpty else { throw ConfigurationErrors(sources.problems) }
        var translator = NginxTranslator()
        for directive in sources.refused where !NginxVocabulary.isSilentFile(directive[0]) {
            translator.draft.note(
                "\(directive.text): it is outside the folder of this file and was not read: `--include-outside` reads it",
                at: directive.place,
                .answer)
        }
        for directive in sources.missing where !NginxVocabulary.isSilentFile(directive[0]) {
            translator.draft.note(
                "\(directive.text): there is no such file; `nginx -T` prints all of them", at: directive.place, .answer)
        }
        translator.translate(directives)
        translator.draft.title = [
            "From \(main.name), by `letterhead import nginx`. nginx leaves a header without `always` off most errors: remove",
            "`when: { status: … }` to have it on every response. A location /api also takes /apix, so it is /api*/** here:",
            "write /api/** if the folder is meant.",
        ]
        translator.draft.shareRules()
        return try translator.draft.written()
    }
}
