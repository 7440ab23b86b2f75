import Foundation

/// `make generate`: writes the generated files that have changed, in the current folder.
@main
enum Generate {
    static func main() throws {
        let root = URL(filePath: FileManager.default.currentDirectoryPath)
        for (path, text) in try GeneratedFiles.all(in: root) {
            let file = root.appending(path: path)
            guard (try? String(contentsOf: file, encoding: .utf8)) != text else { continue }
            try text.write(to: file, atomically: true, encoding: .utf8)
            print("wrote \(path)")
        }
    }
}
