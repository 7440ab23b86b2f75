import Testing

@testable import EventLoop

/// What the process may have, and what it gives back.
@Suite struct ProcessMemoryTests {
    @Test(arguments: [
        ("0::/a/b\n", ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/a/memory.max", "/sys/fs/cgroup/a/b/memory.max"]),
        ("0::/\n", ["/sys/fs/cgroup/memory.max"]),
        (
            "5:devices:/x\n4:cpu,memory:/a\n1:name=systemd:/y\n",
            ["/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/a/memory.limit_in_bytes"]
        ),
        ("nonsense\n\n", []),
    ])
    func controlGroups(_ text: String, _ files: [String]) { #expect(AvailableMemory.files(text) == files) }

    @Test(
        arguments: [
            ("268435456\n", 268_435_456), ("max\n", nil), ("9223372036854771712\n", nil), ("", nil), ("x", nil),
        ] as [(String, Int?)])
    func limitOfAGroup(_ text: String, _ bytes: Int?) { #expect(AvailableMemory.number(text) == bytes) }

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
        #expect(ReturnedMemory.cleanText(smaps) == expected)
    }

    /// The figures that every monitoring shows of a process.
    @Test func usage() {
        let usage = ProcessUsage()
        #expect(usage.residentBytes > 1 << 20 && usage.virtualBytes > usage.residentBytes)
        #expect(usage.threads > 0 && usage.openFiles > 2 && usage.maxFiles >= usage.openFiles)
        #expect(usage.startSeconds > 1_600_000_000 && usage.cpuSeconds >= 0)
    }
}
