package import HeaderPolicy
package import ProxyCore

/// Reads a configuration: YAML to model, finding every error and showing it at its place.
package struct ConfigurationLoader: Sendable {
    /// The variables for `${VAR}`.
    package var environment: [String: String]
    /// Returns the bytes of the configuration and of the files in `${file:…}`.
    package var readFile: @Sendable (String) throws -> [UInt8]
    /// Checks what a valid configuration refers to outside of the file, such as certificates.
    package var verify: @Sendable (Configuration) -> (errors: [PolicyError], warnings: [PolicyError]) = { _ in ([], []) }

    /// The form of the access log when the configuration does not set it.
    package var accessLog = Configuration.AccessLog.json

    /// The largest size of a configuration in bytes.
    package static let sizeLimit = 8 << 20

    package init(environment: [String: String], readFile: @escaping @Sendable (String) throws -> [UInt8]) {
        self.environment = environment
        self.readFile = readFile
    }

    /// The result of reading: a configuration unless there was an error, and errors and warnings in the order of the file.
    package struct Outcome: Sendable {
        package var configuration: Configuration?
        /// What could be read of it, also when other parts of it have errors.
        package var readable: Configuration?
        /// The same configuration compiled for serving. If it cannot be compiled, that is an error.
        var served: CompiledConfiguration?
        package var diagnostics: [Diagnostic]
        /// The number of errors beyond those that are kept.
        package var omitted = 0
        /// The text that was read, by lines, for later checks.
        package var source: SourceText?
        /// The widths of the values and keys, by their places.
        package var widths: [SourceLocation: Int] = [:]
        /// What references were replaced by, for each place of a value that has some.
        package var filled: [SourceLocation: [FilledText]] = [:]

        /// - Throws: all findings, if there was an error among them.
        package func get() throws(ConfigurationErrors) -> Configuration {
            guard let configuration else { throw ConfigurationErrors(diagnostics, omitted: omitted) }
            return configuration
        }

        /// Returns the configuration compiled for serving, or throws all findings.
        package func compiled() throws(ConfigurationErrors) -> CompiledConfiguration {
            guard let served else { throw ConfigurationErrors(diagnostics, omitted: omitted) }
            return served
        }
    }

    /// - Parameter file: the name of the text in diagnostics; `${file:…}` is relative to its folder.
    package func load(text: String, file: String) throws(ConfigurationErrors) -> Configuration {
        try read(text: text, file: file).get()
    }

    package func load(path: String) throws(ConfigurationErrors) -> Configuration {
        try read(path: path).get()
    }

    /// Reads a file like `load(path:)`, but also returns the warnings of a configuration without errors.
    package func read(path: String) -> Outcome {
        let bytes: [UInt8]
        do {
            bytes = try readFile(path)
        } catch {
            return .failure("cannot read the configuration: \(error)", file: path, help: Self.help(unread: "\(error)"))
        }
        guard bytes.count <= Self.sizeLimit else { return Self.tooLarge(path) }
        if let text = String(validating: bytes, as: UTF8.self) { return read(text: text, file: path) }
        return Self.notUTF8(bytes, path)
    }

    /// Reads a text like `load(text:file:)`, but also returns the warnings of a configuration without errors.
    package func read(text: String, file: String) -> Outcome {
        guard text.utf8.count <= Self.sizeLimit else { return Self.tooLarge(file) }
        let reading = reading(text, file: file)
        reading.accessLog = accessLog
        // An incomplete tree is read as well, because its other errors are worth knowing.
        let root = TreeReader(reading).read()
        if root == nil, !reading.hasErrors { reading.reportEmpty() }
        let configuration = root.map(reading.configuration)
        var served: CompiledConfiguration?
        if !reading.hasErrors, let configuration {
            do throws(PolicyErrors) {
                try RequestIDs.check(configuration.requestID)
                served = try CompiledConfiguration(configuration)
            } catch {
                for error in error.errors { reading.error(error) }
            }
        }
        if !reading.hasErrors, let configuration {
            let found = verify(configuration)
            for error in found.errors { reading.error(error) }
            for warning in found.warnings { reading.warning(warning.message, at: warning.location, help: warning.suggestion) }
        }
        return Outcome(
            configuration: reading.hasErrors ? nil : configuration, readable: configuration,
            served: reading.hasErrors ? nil : served, diagnostics: reading.sorted, omitted: reading.omitted,
            source: reading.source, widths: reading.widths, filled: reading.filled)
    }

    /// Returns the YAML tree with the errors so far; nil when there is no tree, without an error when nothing is in the file. For
    /// other kinds of files than the configuration.
    package func tree(_ text: String, file: String) -> (root: Node?, reading: Reading) {
        let reading = reading(text, file: file)
        return (TreeReader(reading).read(), reading)
    }

    /// Returns an empty reading, in which `${file:…}` is relative to the folder of the file.
    private func reading(_ text: String, file: String) -> Reading {
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
        let substitution = Substitution(environment: environment, readFile: readFile, folder: folder)
        return Reading(text: text, file: file, substitution: substitution)
    }

    /// Returns what to do about a file that cannot be read, judged by the system's message.
    private static func help(unread cause: String) -> String? {
        switch cause {
        case "No such file or directory": "is the name right? It counts from the folder in which the command runs"
        case "Is a directory": "name the file in that folder"
        case "Permission denied": "let its owner run this, or make it readable for you"
        default: nil
        }
    }

    private static func tooLarge(_ file: String) -> Outcome {
        .failure(
            "the configuration is larger than \(Quantity.text(bytes: sizeLimit))", file: file, help: "is this the right file?")
    }

    private static func notUTF8(_ bytes: [UInt8], _ file: String) -> Outcome {
        // The error is at the first replacement character that is not in the file itself.
        let source = SourceText(String(decoding: bytes, as: UTF8.self))
        var offset = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        for (index, scalar) in source.scalars.enumerated() {
            let width = UTF8.width(scalar)
            if scalar == "\u{FFFD}", !bytes[offset...].starts(with: [0xEF, 0xBF, 0xBD]) {
                let place = source.place(of: index)
                let location = SourceLocation(file: file, line: place.line, column: place.column)
                return Outcome(diagnostics: [
                    Diagnostic(
                        .error, "this is not UTF-8", at: location, suggestion: "save the file as UTF-8",
                        line: source.line(place.line).string)
                ])
            }
            offset += width
        }
        return .failure("the configuration is not UTF-8", file: file)
    }
}

extension ConfigurationLoader.Outcome {
    fileprivate static func failure(_ message: String, file: String, help: String? = nil) -> Self {
        let start = SourceLocation(file: file, line: 1, column: 1)
        return Self(diagnostics: [Diagnostic(.error, message, at: start, suggestion: help)])
    }
}
