import Foundation
import TestSupport
import Testing

/// Certificates that change under a running proxy that watches its files, the ways in which tools change them.
@Suite struct RotationTests {
    /// A proxy whose certificate and key stand in a folder of their own.
    private struct Scene {
        let folder = Places.scratch("rotated")
        let first: Certificate
        let second: Certificate
        let proxy: ProxyProcess

        init(prepare: (Scene.Files) throws -> Void) throws {
            let authority = try Secured.authority.get()
            (first, second) = (try authority.site("site.example"), try authority.site("site.example"))
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try prepare(Files(folder: folder, first: first, second: second))
            proxy = try ProxyProcess(
                """
                listen: [{ bind: 127.0.0.1:0, tls: { certificates: [{ certificate: \(folder)/tls.crt, key: \(folder)/tls.key }] } }]
                workers: 1
                watch: true
                routes: [{ respond: 204 }]

                """)
        }

        struct Files {
            let folder: String
            let first: Certificate
            let second: Certificate

            func put(_ certificate: Certificate, in place: String) throws {
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
                try FileManager.default.copyItem(atPath: certificate.path, toPath: "\(place)/tls.crt")
                try FileManager.default.copyItem(atPath: certificate.key, toPath: "\(place)/tls.key")
            }
        }

        func waitFor(_ message: String) throws -> [String: String] {
            try proxy.process.line(.error) { line in
                let entry = logEntry(line)
                return entry?["message"] == message && entry?["cause"] == "watch" ? entry : nil
            }
        }

        /// The certificate that a client gets is the second one.
        func expectSecond() throws {
            let shown = try run(
                "bash",
                ["-c", "openssl s_client -connect 127.0.0.1:\(proxy.port) </dev/null 2>/dev/null | openssl x509 -noout -serial"])
            let wanted = try run("openssl", ["x509", "-noout", "-serial", "-in", second.path])
            #expect(shown.text == wanted.text && !wanted.text.isEmpty, "\(shown)")
        }
    }

    /// The new key, and later the new certificate: between the two they do not fit, and nothing that is watched is forgotten.
    @Test(arguments: [["key", "crt"], ["crt", "key"]])
    func oneFileAfterTheOther(_ order: [String]) throws {
        let scene = try Scene { try $0.put($0.first, in: $0.folder) }
        for (number, kind) in order.enumerated() {
            let new = "\(scene.folder)/new.\(kind)"
            try FileManager.default.copyItem(atPath: kind == "key" ? scene.second.key : scene.second.path, toPath: new)
            #expect(rename(new, "\(scene.folder)/tls.\(kind)") == 0)
            _ = try scene.waitFor(number == 0 ? "configuration not reloaded" : "configuration reloaded")
        }
        try scene.expectSecond()
    }

    /// As Kubernetes does: the files are links through a link to a folder, which is exchanged.
    @Test func linkExchanged() throws {
        let scene = try Scene { files in
            try files.put(files.first, in: "\(files.folder)/..1")
            try files.put(files.second, in: "\(files.folder)/..2")
            try FileManager.default.createSymbolicLink(atPath: "\(files.folder)/..data", withDestinationPath: "..1")
            for name in ["tls.crt", "tls.key"] {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(files.folder)/\(name)", withDestinationPath: "..data/\(name)")
            }
        }
        try FileManager.default.createSymbolicLink(atPath: "\(scene.folder)/..data_tmp", withDestinationPath: "..2")
        #expect(rename("\(scene.folder)/..data_tmp", "\(scene.folder)/..data") == 0)
        _ = try scene.waitFor("configuration reloaded")
        try scene.expectSecond()
    }

    /// A file that is gone for a while, and one that may not be read.
    @Test func goneAndBack() throws {
        let scene = try Scene { try $0.put($0.first, in: $0.folder) }
        try FileManager.default.removeItem(atPath: "\(scene.folder)/tls.key")
        try FileManager.default.removeItem(atPath: "\(scene.folder)/tls.crt")
        _ = try scene.waitFor("configuration not reloaded")
        try FileManager.default.copyItem(atPath: scene.second.key, toPath: "\(scene.folder)/tls.key")
        try FileManager.default.copyItem(atPath: scene.second.path, toPath: "\(scene.folder)/tls.crt")
        _ = try scene.waitFor("configuration reloaded")
        try scene.expectSecond()
    }
}
