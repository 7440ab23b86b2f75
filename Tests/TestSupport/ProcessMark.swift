import Foundation

/// A process as it is known by its number and its start, since a number is given again on a machine that starts many.
package struct ProcessMark: Sendable {
    private let id: Int32
    private let start: Substring?

    package init(_ id: Int32) {
        self.id = id
        start = Self.state(of: id)?.start
    }

    /// Whether it has ended, whether or not anybody has asked how.
    package var isGone: Bool {
        guard let state = Self.state(of: id), let start else { return true }
        return state.isZombie || state.start != start
    }

    private static func state(of id: Int32) -> (isZombie: Bool, start: Substring)? {
        guard let stat = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8), let name = stat.lastIndex(of: ")")
        else { return nil }
        // The third field follows the name, which may have blanks; the start is the 22nd (proc_pid_stat(5)).
        let fields = stat[stat.index(after: name)...].split(separator: " ")
        return fields.count > 19 ? (fields[0] == "Z", fields[19]) : nil
    }
}
