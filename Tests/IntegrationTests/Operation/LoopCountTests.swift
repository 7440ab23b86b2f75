import Foundation
import TestSupport
import Testing

@testable import letterhead

/// Each event loop has one `epoll`; Swift's own runtime would add another, and a timer, with its first task.
@Suite struct LoopCountTests {
    @Test("There is a loop for each worker and one for tasks, whatever was asked of the process") func loops() throws {
        let proxy = try ProxyProcess("listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nworkers: 2\nroutes: [{ respond: 204 }]\n")
        #expect(try fetch(proxy.url).status == 204)
        #expect(try fetch(proxy.adminURL + "/metrics").status == 200)
        #expect(try fetch(proxy.adminURL + "/-/reload", .http1, ["-X", "POST"]).status == 200)
        let folder = "/proc/\(proxy.process.id)/fd"
        let open = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
        }
        #expect(open.filter { $0 == "anon_inode:[eventpoll]" }.count == 3)
        #expect(!open.contains("anon_inode:[timerfd]"))
    }
}
