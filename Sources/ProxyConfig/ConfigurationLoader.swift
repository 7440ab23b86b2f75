package import HeaderPolicy
package import ProxyCore

/// Reads a configuration: YAML to model, with every error found and shown where it is.
package struct ConfigurationLoader: Sendable {
    /// What `${VAR}` refers to.
    package var environment: [String: String]
    /// Gives the bytes of the configuration and of files that `${file:…}` names.
    package var readFile: @Sendable (String) throws -> [UInt8]
    /// Finds what is wrong with a configuration that is good by itself: what it names outside, such as certificates.
    package var verify: @Sendable (Configuration) -> (errors: [PolicyError], warnings: [PolicyError]) = { _ in ([], []) }

    /// The form of the access log where the configuration names none.
    package var accessLog = Configuration.AccessLog.json

    /// Bytes that a configuration may have.
    package static let sizeLimit = 8 << 20

    package init(environment: [String: String], readFile: @escaping @Sendable (String) throws -> [UInt8]) {
        self.environment = environment
        self.readFile = readFile
    }

    /// What a reading found: a configuration unless there was an error, and errors and warnings in the order of the file.
    package struct Outcome: Sendable {
        package var configuration: Configuration?
        /// The same, ready to serve: what cannot be made ready is an error.
        var served: CompiledConfiguration?
        package var diagnostics: [Diagnostic]
        /// How many more errors there were than are kept.
        package var omitted = 0
        /// The text that was read, line by line, for whoever finds more in it.
        package var source: SourceText?
        /// How wide the value or key at a place is.
        package var widths: [SourceLocation: Int] = [:]

        /// - Throws: everything that was found, if there was an error among it.
        package func get() throws(ConfigurationErrors) -> Configuration {
            guard let configuration else { throw ConfigurationErrors(diagnostics, omitted: omitted) }
            return configuration
        }

        /// Likewise, ready to serve.
        package func compiled() throws(ConfigurationErrors) -> CompiledConfiguration {
            guard let served else { throw ConfigurationErrors(diagnostics, omitted: omitted) }
            return served
        }
    }

    /// - Parameter file: what diagnostics call the text; `${file:…}` is relative to its folder.
    package func load(text: String, file: String) throws(ConfigurationErrors) -> Configuration {
        try read(text: text, file: file).get()
    }

    package func load(path: String) throws(ConfigurationErrors) -> Configuration {
        try read(path: path).get()
    }

    /// Like `load(path:)`, with the warnings of a configuration that has no error.
    package func read(path: String) -> Outcome {
        let bytes: [UInt8]
        do {
            bytes = try readFile(path)
        } catch {
            return .failure("cannot read the configuration: \(error)", file: path)
        }
        guard bytes.count <= Self.sizeLimit else { return Self.tooLarge(path) }
        if let text = String(validating: bytes, as: UTF8.self) { return read(text: text, file: path) }
        return Self.notUTF8(bytes, path)
    }

    /// Like `load(text:file:)`, with the warnings of a configuration that has no error.
    package func read(text: String, file: String) -> Outcome {
        guard text.utf8.count <= Self.sizeLimit else { return Self.tooLarge(file) }
        let reading = reading(text, file: file)
        reading.accessLog = accessLog
        // A tree with holes is still read: its other errors are worth knowing.
        let configuration = TreeReader(reading).read().map(reading.configuration)
        var served: CompiledConfiguration?
        if !reading.hasErrors, let configuration {
            do throws(PolicyErrors) {
                var random = SystemRandomNumberGenerator()
                _ = try RequestIDs(configuration.requestID, seededBy: &random)
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
            configuration: reading.hasErrors ? nil : configuration, served: reading.hasErrors ? nil : served,
            diagnostics: reading.sorted, omitted: reading.omitted,
            source: reading.source, widths: reading.widths)
    }

    /// What the YAML says, with what was wrong so far; nil where it is no tree. For files of other kinds than the configuration.
    package func tree(_ text: String, file: String) -> (root: Node?, reading: Reading) {
        let reading = reading(text, file: file)
        return (TreeReader(reading).read(), reading)
    }

    /// Nothing is read yet. What `${file:…}` names is looked for beside the file.
    private func reading(_ text: String, file: String) -> Reading {
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
        let substitution = Substitution(environment: environment, readFile: readFile, folder: folder)
        return Reading(text: text, file: file, substitution: substitution)
    }

    private static func tooLarge(_ file: String) -> Outcome {
        .failure("the configuration is larger than \(Quantity.text(bytes: sizeLimit))", file: file)
    }

    private static func notUTF8(_ bytes: [UInt8], _ file: String) -> Outcome {
        // The first replacement character that does not stand in the file itself.
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
    fileprivate static func failure(_ message: String, file: String) -> Self {
        Self(diagnostics: [Diagnostic(.error, message, at: SourceLocation(file: file, line: 1, column: 1))])
    }
}
