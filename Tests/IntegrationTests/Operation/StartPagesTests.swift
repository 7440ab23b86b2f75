import Foundation
import TestSupport
import Testing

@testable import letterhead

/// What only starting needed does not stay resident.
@Suite struct StartPagesTests {
    @Test(arguments: [
        ("1000-3000 r-xp 00000000 fe:00 7 /bin/x\nRss: 8 kB\nAnonymous:              0 kB\n", [0x1000..<0x3000]),
        ("1000-3000 r--p 00000000 fe:00 7 /a name/x (deleted)\nAnonymous: 0 kB\nAnonHugePages: 0 kB\n", [0x1000..<0x3000]),
        // Relocated, writable, without a file, of the kernel.
        ("1000-3000 r--p 00000000 fe:00 7 /bin/x\nAnonymous:              4 kB\n", []),
        ("1000-3000 rw-p 00000000 fe:00 7 /bin/x\nAnonymous:              0 kB\n", []),
        ("1000-3000 r--p 00000000 00:00 0 \nAnonymous:              0 kB\n", []),
        ("1000-3000 r-xp 00000000 00:00 0 [vdso]\nAnonymous: 0 kB\n", []),
        ("1000-3000 r-xp 0 fe:00 7 /a\nAnonymous: 4 kB\n4000-5000 r-xp 0 fe:00 7 /a\nAnonymous: 0 kB\n", [0x4000..<0x5000]),
        ("nonsense\n5-1 r-xp 0 fe:00 7 /a\nAnonymous: 0 kB\nAnonymous: 0\n", []),
    ])
    func cleanText(_ smaps: String, _ expected: [Range<UInt>]) {
        #expect(StartPages.clean(smaps) == expected)
    }

    @Test(.enabled(if: Memory.isMeasurable)) func areGivenBack() throws {
        let proxy = try ProxyProcess("listen: 127.0.0.1:0\nroutes: [{ respond: 200 }]\n")
        let pid = proxy.process.id
        let atStart = try residentText(pid)
        // The kernel's figures say when; nothing else does.
        let isGivenBack = try (0..<1_000).contains { _ in
            usleep(20_000)
            return try residentText(pid) < atStart * 2 / 3
        }
        #expect(isGivenBack)
        #expect(try fetch(proxy.url).status == 200)
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
