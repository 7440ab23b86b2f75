import Foundation

/// Resident memory of a process, in bytes, as the kernel counts it.
package struct Memory: Sendable {
    package var resident: Int
    /// The most it ever was, or was since `forgetPeak`.
    package var peak: Int

    package init(of process: ChildProcess) throws {
        let status = try String(contentsOfFile: "/proc/\(process.id)/status", encoding: .utf8)
        func kibibytes(_ key: String) throws -> Int {
            guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("\(key):") }),
                let number = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) })
            else { throw Disappointment("/proc/\(process.id)/status has no \(key)") }
            return number << 10
        }
        resident = try kibibytes("VmRSS")
        peak = try kibibytes("VmHWM")
    }

    /// Whether memory tells anything here: a sanitizer keeps what was freed.
    package static let isMeasurable = ProcessInfo.processInfo.environment["LETTERHEAD_SANITIZER"] == nil

    /// From now on `peak` is about what comes.
    package static func forgetPeak(of process: ChildProcess) throws {
        try "5".write(toFile: "/proc/\(process.id)/clear_refs", atomically: false, encoding: .utf8)
    }
}

/// Time that a process has had a processor for, in seconds.
package struct ProcessorTime: Sendable {
    package var seconds: Double

    package init(of process: ChildProcess) throws {
        let status = try String(contentsOfFile: "/proc/\(process.id)/stat", encoding: .utf8)
        // Behind the name in parentheses; utime and stime are the 14th and 15th of all.
        let numbers = status.split(separator: ")").last?.split(separator: " ").compactMap { Double($0) } ?? []
        guard numbers.count > 12 else { throw Disappointment("/proc/\(process.id)/stat: \(status)") }
        seconds = (numbers[10] + numbers[11]) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
