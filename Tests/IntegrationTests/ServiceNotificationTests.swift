import Foundation
import TestSupport
import Testing

/// What a service manager is told, and when.
@Suite struct ServiceNotificationTests {
    @Test(arguments: ["path", "abstract"])
    func readyAliveAndStopping(_ kind: String) throws {
        let manager = try ServiceManager(isAbstract: kind == "abstract")
        let proxy = try ProxyProcess(
            "listen: 127.0.0.1:0\nroutes: [{ respond: 200 }]\n",
            environment: ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "200000"])
        #expect(try manager.next() == "READY=1")
        #expect(try fetch(proxy.url).status == 200)
        for _ in 0..<2 { #expect(try manager.next() == "WATCHDOG=1") }
        proxy.process.signal(SIGHUP)
        #expect(try manager.nextNews().hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
        #expect(try manager.nextNews() == "READY=1")
        proxy.process.signal(SIGTERM)
        #expect(try manager.nextNews() == "STOPPING=1")
        #expect(try proxy.process.waitForExit() == 0)
    }

    /// Nobody there, or nonsense, is no reason not to run.
    @Test(arguments: ["/nowhere/notify", "", "relative", "/" + String(repeating: "x", count: 200)])
    func nobodyListens(_ name: String) throws {
        let proxy = try ProxyProcess("listen: 127.0.0.1:0\nroutes: [{ respond: 200 }]\n", environment: ["NOTIFY_SOCKET": name])
        #expect(try fetch(proxy.url).status == 200)
    }
}

/// The socket of a service manager.
private final class ServiceManager {
    let name: String
    private let descriptor: Int32

    init(isAbstract: Bool) throws {
        let path = Places.scratch("notify")
        name = isAbstract ? "@\(path)" : path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        if isAbstract { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let descriptor = descriptor
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard code == 0 else { throw Disappointment("bind: \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    /// The next datagram that is no sign of life.
    func nextNews() throws -> String {
        while true {
            let message = try next()
            if message != "WATCHDOG=1" { return message }
        }
    }

    /// The next datagram.
    func next() throws -> String {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 20_000) == 1 else { throw Disappointment("no word within 20 s") }
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
