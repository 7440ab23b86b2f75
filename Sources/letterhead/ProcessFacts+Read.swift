import Admin
import EventLoop

extension ProcessFacts {
    static func read(_ logs: ServiceLogs) -> ProcessFacts {
        let usage = ProcessUsage()
        var facts = ProcessFacts()
        facts.version = Letterhead.version
        facts.droppedLogLines = logs.droppedLines
        facts.cpuSeconds = usage.cpuSeconds
        facts.residentBytes = usage.residentBytes
        facts.virtualBytes = usage.virtualBytes
        facts.openFiles = usage.openFiles
        facts.maxFiles = usage.maxFiles
        facts.threads = usage.threads
        facts.startSeconds = usage.startSeconds
        return facts
    }
}
