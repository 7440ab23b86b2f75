import Foundation
import TestSupport
import Testing

/// What only starting needed does not stay resident.
@Suite struct StartPagesTests {
    @Test(.enabled(if: Memory.isMeasurable)) func areGivenBack() throws {
        let proxy = try ProxyProcess("listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nroutes: [{ respond: 200 }]\n")
        try expectGivenBack(by: proxy)
        // A reload needs them again, as long as it takes.
        #expect(try fetch(proxy.adminURL + "/-/reload", .http1, ["-X", "POST"]).status == 200)
        try expectGivenBack(by: proxy)
        #expect(try fetch(proxy.url).status == 200)
    }

    private func expectGivenBack(by proxy: ProxyProcess) throws {
        let before = try residentText(proxy.process.id)
        // The kernel's figures say when; nothing else does.
        let isGivenBack = try (0..<1_000).contains { _ in
            usleep(20_000)
            return try residentText(proxy.process.id) < before * 2 / 3
        }
        #expect(isGivenBack)
    }

    /// Kibibytes of program text in memory.
    private func residentText(_ pid: Int32) throws -> Int {
        var isText = false
        var sum = 0
        for line in try String(contentsOfFile: "/proc/\(pid)/smaps", encoding: .utf8).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count >= 5, words[0].contains("-") { isText = words[1].hasPrefix("r-x") }
            if isText, words[0] == "Rss:" { sum += Int(words[1]) ?? 0 }
        }
        return sum
    }
}
