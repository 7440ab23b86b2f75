import EventLoop
import ProxyTransport

/// The pages of program text that were only needed for the start.
///
/// They are two thirds of the memory that the process would hold for its whole life, because reading a configuration and looking
/// up types passes once through much of the program. Nobody has written to these pages, so the file has the same contents, and a
/// page that is needed again is read from the page cache on first use.
enum StartPages {
    /// Gives these pages back to the system. Mappings in which this process has changed a page stay.
    static func giveBack() {
        #if os(Linux)
            guard let text = SystemFile.text("/proc/self/smaps") else { return }
            for mapping in clean(text) { MappedPages.giveBack(mapping) }
        #endif
    }

    /// The mappings of files that cannot be written through the mapping, and that have no page of this process's own
    /// (proc_pid_smaps(5)).
    static func clean(_ smaps: String) -> [Range<UInt>] {
        var found: [Range<UInt>] = []
        var current: Range<UInt>?
        for line in smaps.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            if words.count > 1, words[0].hasSuffix(":") {
                if words[0] == "Anonymous:", words[1] == "0", let range = current { found.append(range) }
            } else {
                current = words.count >= 6 && words[5].hasPrefix("/") && !words[1].contains("w") ? range(words[0]) : nil
            }
        }
        return found
    }

    private static func range(_ text: Substring) -> Range<UInt>? {
        let ends = text.split(separator: "-").compactMap { UInt($0, radix: 16) }
        return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : nil
    }
}
