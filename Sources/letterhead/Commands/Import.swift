import EventLoop
import HeaderPolicy
import Migration
import ProxyConfig

struct Import: Command {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Move in: print a configuration made from that of nginx, or from the options of flask-cors.",
        discussion: """
            The configuration on standard output loads; what did not carry over stands in its comments, by file and line.
            """,
        subcommands: [ImportNginx.self, ImportFlaskCORS.self])
}

struct ImportNginx: Command {
    static let configuration = CommandConfiguration(
        commandName: "nginx", abstract: "From an nginx configuration: proxy_*, add_header, more_*_headers, return, CORS by map.",
        discussion: "`nginx -T | letterhead import nginx -` takes all files at once.")

    @Argument(help: "nginx.conf or a file that it includes; - reads standard input.")
    var file: String

    @Flag(help: "Follow an `include` that leads out of the folder of the file, too.")
    var includeOutside = false

    func run() throws {
        let text = try ImportedFile.read(file)
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
        let home = ImportedFile.resolved(folder.isEmpty ? "." : folder)
        let yaml = try ConfigurationOption.reporting { () throws(ConfigurationErrors) in
            try NginxImport.yaml(text, file: file == "-" ? "nginx.conf" : file) { pattern in
                let path = pattern.hasPrefix("/") ? pattern : folder + pattern
                let names = SystemFile.named(path)
                // A file that comes from standard input is in no folder, so nothing is inside of it. Links are resolved before
                // the check.
                let isInside = { (name: String) in
                    file != "-" && ImportedFile.resolved(name).hasPrefix(home == "/" ? home : home + "/")
                }
                guard includeOutside || names.allSatisfy(isInside) else { return nil }
                if names.isEmpty, !includeOutside, file == "-" || pattern.hasPrefix("/") && !isInside(pattern) { return nil }
                return names.compactMap { name in
                    (try? ImportedFile.read(name)).map { NginxImport.File(name: name, text: $0) }
                }
            }
        }
        Terminal.write(yaml)
    }
}

struct ImportFlaskCORS: Command {
    static let configuration = CommandConfiguration(
        commandName: "flask-cors", abstract: "From the options of flask-cors: a call of CORS(…), CORS_… settings, or a dict.",
        discussion: """
            The file is Python (what calls CORS, or a settings module), or the options alone as keyword arguments, as a dict or
            as JSON. It is read, not run: what only running it would tell is left out, and said first.
            """)

    @Argument(help: "The file; - reads standard input.")
    var file: String

    @Option(help: "Where the app is.")
    var upstream = "http://127.0.0.1:5000"

    /// The address as it stands in a configuration.
    private var app: String { TypedAddress.upstream(upstream) }

    func validate() throws(ValidationError) {
        let trial = "listen: 127.0.0.1:0\nupstreams:\n  app: \(YAMLText.scalar(app))\n"
        let outcome = ConfigurationLoader.standard.read(text: trial, file: "letterhead.yaml")
        guard let error = outcome.diagnostics.first(where: { $0.severity == .error }) else { return }
        throw ValidationError("--upstream: \(error.message)" + (error.suggestion.map { ": \($0)" } ?? ""))
    }

    func run() throws {
        let text = try ImportedFile.read(file)
        let yaml = try ConfigurationOption.reporting { () throws(ConfigurationErrors) in
            try FlaskCORSImport.yaml(text, file: file == "-" ? "standard input" : file, upstream: app)
        }
        Terminal.write(yaml)
    }
}

/// Reading the files that are imported.
enum ImportedFile {
    static func read(_ path: String) throws -> String {
        let bytes: [UInt8]
        do throws(SystemFile.Failure) {
            bytes = try path == "-" ? SystemFile.bytes(of: 0) : SystemFile.bytes(path, waits: true)
        } catch {
            StandardError.write("letterhead: cannot read \(path): \(error)\n")
            throw ExitCode(2)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            StandardError.write("letterhead: \(path) is not UTF-8\nhelp: save the file as UTF-8\n")
            throw ExitCode(2)
        }
        return text
    }

    /// The path without links and `..`; if nothing is there, the path as it would be without links.
    static func resolved(_ path: String) -> String {
        if let path = SystemFile.resolved(path) { return path }
        var parts: [Substring] = []
        let whole = path.hasPrefix("/") ? path : (SystemFile.resolved(".") ?? "") + "/" + path
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
