import Foundation
import TestSupport
import Testing

/// `import nginx` reads the files of the folder that it is given, and no others unless told.
@Suite struct NginxIncludeTests {
    /// A site with an `include` of something beside its folder.
    private struct Site {
        let folder = Places.scratch("etc")
        let outside = Places.scratch("secret.conf")
        var file: String { "\(folder)/site.conf" }

        init(_ include: String) throws {
            try FileManager.default.createDirectory(atPath: "\(folder)/sites", withIntermediateDirectories: true)
            try "add_header X-Outside 1;\n".write(toFile: outside, atomically: true, encoding: .utf8)
            try "add_header X-Inside 1;\n".write(toFile: "\(folder)/sites/a.conf", atomically: true, encoding: .utf8)
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/link.conf", withDestinationPath: outside)
            let path = include.replacing("FOLDER", with: folder).replacing("OUTSIDE", with: outside)
            try "server { listen 8080; include \(path); location / { proxy_pass http://127.0.0.1:5000; } }\n"
                .write(toFile: file, atomically: true, encoding: .utf8)
        }
    }

    @Test(arguments: ["sites/*.conf", "FOLDER/sites/a.conf", "./sites/../sites/a.conf"])
    func inside(_ include: String) throws {
        let site = try Site(include)
        let imported = try run(Places.letterhead, ["import", "nginx", site.file])
        #expect(imported.status == 0, "\(imported.errors)")
        #expect(imported.text.contains("X-Inside: 1"), "\(imported.text)")
    }

    @Test(arguments: ["OUTSIDE", "link.conf", "FOLDER/link.conf", "*.conf"])
    func outside(_ include: String) throws {
        let site = try Site(include)
        let imported = try run(Places.letterhead, ["import", "nginx", site.file])
        #expect(imported.status == 0, "\(imported.errors)")
        #expect(!imported.text.contains("X-Outside"), "\(imported.text)")
        #expect(imported.text.contains("it is outside the folder of this file and was not read: `--include-outside` reads it"))
        guard include != "*.conf" else { return }
        let told = try run(Places.letterhead, ["import", "nginx", "--include-outside", site.file])
        #expect(told.status == 0, "\(told.errors)")
        #expect(told.text.contains("X-Outside: 1"), "\(told.text)")
    }

    /// What comes by a pipe stands in no folder.
    @Test func standardInput() throws {
        let site = try Site("OUTSIDE")
        let imported = try run(
            "/bin/sh", ["-c", "\(Places.letterhead) import nginx - < \(site.file)"])
        #expect(imported.status == 0, "\(imported.errors)")
        #expect(!imported.text.contains("X-Outside"), "\(imported.text)")
    }
}
