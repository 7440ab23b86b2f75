import Foundation

/// The Flask app of the integration tests, served for real. Ends with the last reference.
package final class FlaskApp: Sendable {
    package let process: ChildProcess
    /// What goes behind `upstreams: app:`.
    package let address: String
    package var port: Int { address.split(separator: ":").last.flatMap { Int($0) } ?? 0 }

    private init(_ process: ChildProcess, address: (ChildProcess) throws -> String) throws {
        self.process = process
        self.address = try address(process)
    }

    deinit { process.stop() }

    /// Under gunicorn, with one worker process and a few threads; on a Unix socket when `socket` is a path.
    package static func gunicorn(
        _ app: String = "app:app", folder: String = Places.integration("app"), socket: String? = nil,
        arguments: [String] = []
    ) throws -> FlaskApp {
        let process = try ChildProcess(
            Places.python("gunicorn"),
            [
                app, "--bind", socket.map { "unix:\($0)" } ?? "127.0.0.1:0", "--worker-class", "gthread", "--threads", "16",
                "--keep-alive", "30", "--worker-tmp-dir", "/dev/shm", "--no-control-socket",
            ] + arguments,
            environment: ["PYTHONDONTWRITEBYTECODE": "1"], folder: folder)
        return try FlaskApp(process) { process in
            try process.line(.error) { line in
                guard let start = line.range(of: "Listening at: ") else { return nil }
                return String(line[start.upperBound...].prefix { $0 != " " })
            }
        }
    }

    /// An ASGI app under uvicorn.
    package static func uvicorn(_ app: String) throws -> FlaskApp {
        let process = try ChildProcess(
            Places.python("uvicorn"), [app, "--port", "0", "--no-use-colors"],
            environment: ["PYTHONDONTWRITEBYTECODE": "1"], folder: Places.integration("app"))
        return try FlaskApp(process) { process in
            try process.line(.error) { line in
                guard let start = line.range(of: "running on ") else { return nil }
                return String(line[start.upperBound...].prefix { $0 != " " })
            }
        }
    }

    /// Under Werkzeug's development server, the debugger on.
    package static func werkzeug(_ app: String = "app:app") throws -> FlaskApp {
        let process = try ChildProcess(
            Places.python("flask"), ["--app", app, "run", "--debug", "--no-reload", "--port", "0"],
            environment: ["PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"], folder: Places.integration("app"))
        return try FlaskApp(process) { process in
            try process.line(.error) { line in
                guard let start = line.range(of: "Running on ") else { return nil }
                return String(line[start.upperBound...].prefix { $0 != " " && $0 != "\u{1b}" })
            }
        }
    }
}
