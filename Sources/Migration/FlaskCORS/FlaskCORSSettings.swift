import HTTPModel
import HeaderPolicy
import ProxyConfig

/// Tells files of settings apart, and what is wrong with a file in which nothing is found.
extension FlaskCORSImport {
    /// Returns the error for a program in which nothing of flask-cors is.
    static func nothing(
        _ source: SourceText, _ file: String, _ written: [(line: Int, name: String)], _ program: PythonProgram
    ) -> Diagnostic {
        let settings = program.settingScopes.flatMap { scope in
            scope.order.filter { $0.hasPrefix("CORS_") }.map { (name: $0, line: scope.lines[$0] ?? 1) }
        }
        let djangos = settings.first { PythonProgram.isDjangos($0.name) }
        let setting = djangos ?? settings.first
        let line = written.first?.line ?? setting?.line ?? 1
        let isDjangos = djangos != nil || source.text.contains(text: "corsheaders")
        let help =
            if !isDjangos, source.text.contains(text: "CORSMiddleware") {
                "CORSMiddleware is Starlette's: a `cors` rule has the same keys, `allow_origins`, `allow_methods`, `allow_headers`, "
                    + "`allow_credentials`, `expose_headers` and `max_age`; write out what is not given, for Starlette then allows only "
                    + "GET, no headers and 600 seconds"
            } else if isDjangos {
                "\(djangos?.name ?? "corsheaders") is django-cors-headers': write a `cors` rule, as in "
                    + "\(Documentation.reference("cookbook.md"))#django"
            } else if let setting, FlaskCORSOptions.option(ofSetting: setting.name) == nil {
                "\(setting.name) is no setting of flask-cors, which reads CORS_ORIGINS, CORS_METHODS and so on"
            } else if let setting {
                "\(setting.name) alone does not say that flask-cors is used: name the file that calls CORS(app, …) or sets CORS_ORIGINS"
            } else if let first = written.first {
                "\(first.name) is written by hand here: write a `cors` rule for it, as in \(Documentation.reference("cors.md"))"
            } else {
                "name the file that calls CORS(app, …) or sets CORS_ORIGINS, or write the options: origins=\"https://app.example\""
            }
        return Diagnostic(
            .error, "there are no options of flask-cors here", at: SourceLocation(file: file, line: line, column: 1),
            suggestion: help, line: source.line(line).string)
    }
}

extension PythonProgram {
    /// Uses a file of settings: those that flask-cors reads, as if an app had them and called `CORS(app)`. Of several classes, the
    /// one that lets in the least counts, as nothing here says which is used.
    mutating func useSettings() {
        guard !settingScopes.flatMap(\.order).contains(where: Self.isDjangos) else { return }
        let app = app(called: "app")
        var found: [(name: String, call: FlaskCall)] = []
        let all = [("", PythonSettings(scope))] + types.map { ($0.name, PythonSettings(.type($0)) ?? PythonSettings($0.scope)) }
        for (name, settings) in all where settings.value("CORS_ORIGINS") != nil || settings.value("CORS_RESOURCES") != nil {
            let table = PythonTable(isOpen: true)
            settings.set(in: table, because: nil)
            let line = settings.values.first { Self.isSetting($0.name) }?.line ?? 1
            found.append((name, FlaskCall(owner: .app(app), options: [table], line: line, conditions: [])))
        }
        guard let first = found.first else { return }
        let least = found.first { one in found.allSatisfy { FlaskCORSExtent.isWithin(one.call, $0.call) } }
        guard let taken = found.count == 1 ? first : least else {
            let lines = found.map { "\($0.call.line)" }.joined(separator: ", ")
            return note(
                "there are settings in lines \(lines), and which are used is said elsewhere; none let in only what the others do: left out",
                at: first.call.line, .answer)
        }
        note("CORS is not called here: taken for settings of an app that calls `CORS(app)`", at: taken.call.line, .small)
        for other in found where other.call.line != taken.call.line {
            note(
                "the settings of `\(other.name)` are left out: those of line \(taken.call.line) are taken, which let in less",
                at: other.call.line, .answer)
        }
        calls = [taken.call]
        for table in taken.call.options {
            for text in table.unknown { app.config.add(unknown: text) }
            for entry in table.entries where entry.key.text?.hasPrefix("CORS_") == true {
                app.config.set(entry.key, entry.value, line: entry.line)
            }
        }
    }

    private static func isSetting(_ name: String) -> Bool { FlaskCORSOptions.option(ofSetting: name) != nil }

    /// The program's own scope and those of its classes, any of which may have settings.
    var settingScopes: [PythonScope] { [scope] + types.map(\.scope) }

    /// Whether a setting is one of django-cors-headers and not of flask-cors.
    static func isDjangos(_ name: String) -> Bool {
        let names: Set<String> = [
            "CORS_ALLOWED_ORIGINS", "CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ALLOW_ALL_ORIGINS", "CORS_ALLOW_CREDENTIALS",
            "CORS_ALLOW_METHODS", "CORS_URLS_REGEX", "CORS_PREFLIGHT_MAX_AGE",
        ]
        return names.contains(name) || name.hasPrefix("CORS_ORIGIN_")
    }
}
