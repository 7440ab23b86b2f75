import Foundation
import TestSupport
import Testing

/// The README's pictures show what the program shows. `UPDATE_GOLDEN=1` draws them again.
@Suite struct PictureTests {
    private static let folder = "\(Places.repository)/config/reference/pictures"
    private static var isDrawing: Bool { ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil }

    private static let policy = """
        listen: 127.0.0.1:8080
        upstreams: { app: http://127.0.0.1:5000 }
        response_headers:
          - cors:
              allow_origins: [https://app.example]
              allow_credentials: true
              allow_methods: [GET, PUT]
              allow_headers: [Content-Type]
          - set: { Cache-Control: no-store }
            when: { status: 5xx }
          - remove: [Server]

        """

    /// A page that runs on the developer's machine, and an origin that nobody has listed.
    @Test func explain() throws {
        let folder = Places.scratch("explain")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.policy.write(toFile: "\(folder)/letterhead.yaml", atomically: true, encoding: .utf8)
        let command = ["explain", "--url", "/cart", "-X", "PUT", "--origin", "http://localhost:3000"]
        let finished = try run(Places.letterhead, command, folder: folder)
        #expect(finished.status == 1)
        #expect(finished.text.contains("write http://localhost:3000 into `allow_origins`  [letterhead.yaml:5]"))
        let text = finished.text.replacing(#/Date: [^\n]* GMT/#, with: "Date: Sun, 29 Nov 2026 12:00:00 GMT")
        let picture = TerminalPicture(command: "letterhead " + command.joined(separator: " "), output: text).svg
        let file = "\(Self.folder)/explain.svg"
        if Self.isDrawing { try picture.write(toFile: file, atomically: true, encoding: .utf8) }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == picture)
    }

    private static let withoutFolder = """
        for (const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walk.nextNode();) {
          walk.currentNode.data = walk.currentNode.data.replace(/[^ [\\]]*letterhead[.]yaml/g, "letterhead.yaml");
        }
        """

    /// A page that asks, is told no, and asks better. What is drawn differs a little from one browser to the next: what stands there does not.
    @Test func inspector() throws {
        let stand = try Stand(
            """
            admin: 127.0.0.1:0
            inspector:
            workers: 1
            response_headers:
              - cors: { allow_origins: ["http://localhost:3000"], allow_credentials: true, allow_methods: [GET, PUT], allow_headers: [Content-Type] }
              - set: { X-Content-Type-Options: nosniff }
              - set: { Cache-Control: no-store }
                when: { status: 5xx }
              - remove: [Server]
            routes: [{ upstream: app }]
            """,
            answers: [
                "/orders": "HTTP/1.1 200 OK\r\nServer: gunicorn\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]",
                "/cart": "HTTP/1.1 500 Oh\r\nServer: gunicorn\r\nContent-Length: 2\r\n\r\nno",
            ])
        for (target, origin) in [
            ("/orders", "http://localhost:3000"), ("/orders", "http://127.0.0.1:3000"), ("/cart", "http://localhost:3000"),
        ] {
            var ask = Ask(target: target)
            ask.fields = [("Origin", origin)]
            _ = try stand.ask(ask, .http1)
        }
        let shot = Places.scratch("inspector.png")
        let results = try InspectorPageTests.browse([
            ["size", ["width": 1200, "height": 720]], ["dark", false], ["open", stand.proxy.adminURL + "/inspector"],
            ["wait", "document.querySelectorAll('#list li').length === 3"],
            ["eval", "document.querySelectorAll('.row')[0].click()"],
            ["eval", "document.getElementById('detail').innerText"],
            // The folder of the configuration is that of this test.
            ["eval", Self.withoutFolder], ["shot", shot],
        ])
        let detail = try #require(results[5] as? String)
        #expect(detail.contains("Access-Control-Allow-Origin") && detail.contains("no-store"))
        let file = "\(Self.folder)/inspector.png"
        let drawn = try #require(FileManager.default.contents(atPath: shot))
        if Self.isDrawing { try drawn.write(to: URL(fileURLWithPath: file)) }
        for picture in [drawn, try #require(FileManager.default.contents(atPath: file))] {
            #expect(picture.count > 10_000 && picture.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        }
    }
}

/// A terminal with a command and what it printed.
private struct TerminalPicture {
    var command: String
    var output: String

    private static let columns = 118

    var svg: String {
        let lines =
            ["$ " + command] + output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().flatMap(Self.wrapped)
        let height = lines.count * 18 + 32
        var svg = """
            <svg xmlns="http://www.w3.org/2000/svg" width="960" height="\(height)" viewBox="0 0 960 \(height)" role="img" aria-label="\(Self.escaped(command))">
            <rect width="960" height="\(height)" rx="8" fill="#1b1f24"/>
            <g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13" fill="#d0d7de" xml:space="preserve">

            """
        for (index, line) in lines.enumerated() {
            svg += "<text x=\"16\" y=\"\(index * 18 + 30)\"\(Self.style(line))>\(Self.escaped(line))</text>\n"
        }
        return svg + "</g>\n</svg>\n"
    }

    private static func wrapped(_ line: Substring) -> [String] {
        guard line.count > columns, let cut = line.prefix(columns).lastIndex(of: " ") else { return [String(line)] }
        let indent = String(repeating: " ", count: line.prefix { $0 == " " }.count + 2)
        return [String(line[..<cut])] + wrapped(Substring(indent + line[line.index(after: cut)...]))
    }

    private static func style(_ line: String) -> String {
        let text = line.drop { $0 == " " }
        if line.hasPrefix("$ ") { return " fill=\"#ffffff\"" }
        if line.hasPrefix("verdict") { return " fill=\"#ff7b72\" font-weight=\"bold\"" }
        if line.hasPrefix("change") { return " fill=\"#7ee787\" font-weight=\"bold\"" }
        if text.hasPrefix("+ ") { return " fill=\"#7ee787\"" }
        if text.hasPrefix("· ") || text.hasPrefix("not applied") { return " fill=\"#e3b341\"" }
        return line.hasPrefix(" ") ? "" : " font-weight=\"bold\""
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing(
            "\"", with: "&quot;")
    }
}
