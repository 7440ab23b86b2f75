import ArgumentParser
import Foundation
import HeaderPolicy
import ProxyConfig

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Move in: print a configuration made from that of nginx, or from the options of flask-cors.",
        discussion: """
            The configuration on standard output loads; what did not carry over stands in its comments, by file and line.
            """,
        subcommands: [ImportNginx.self, ImportFlaskCORS.self])
}

struct ImportNginx: ParsableCommand {
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
                let names = ImportedFile.named(path)
                // What standard input names is in nobody's folder. A link counts as what it leads to.
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

struct ImportFlaskCORS: ParsableCommand {
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

    func run() throws {
        let text = try ImportedFile.read(file)
        let yaml = try ConfigurationOption.reporting { () throws(ConfigurationErrors) in
            try FlaskCORSImport.yaml(text, file: file == "-" ? "app.py" : file, upstream: upstream)
        }
        Terminal.write(yaml)
    }
}

/// The files that are moved from.
enum ImportedFile {
    static func read(_ path: String) throws -> String {
        do {
            let data =
                try path == "-" ? FileHandle.standardInput.readToEnd() ?? Data() : Data(contentsOf: URL(fileURLWithPath: path))
            guard let text = String(data: data, encoding: .utf8) else {
                StandardError.write("letterhead: \(path) is not UTF-8\nhelp: save the file as UTF-8\n")
                throw ExitCode(2)
            }
            return text
        } catch let code as ExitCode {
            throw code
        } catch {
            StandardError.write("letterhead: cannot read \(path): \(error.localizedDescription)\n")
            throw ExitCode(2)
        }
    }

    /// The path without links and `..`.
    static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return URL(fileURLWithPath: path).standardizedFileURL.path }
        defer { free(real) }
        return String(cString: real)
    }

    /// The files that a pattern names, in alphabetical order, as nginx takes them.
    static func named(_ pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { index in found.gl_pathv[index].map { String(cString: $0) } }
    }
}
