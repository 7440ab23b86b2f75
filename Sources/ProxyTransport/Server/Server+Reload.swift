import EventLoop
package import HeaderPolicy
package import ProxyCore
import Synchronization

extension Server {
    /// The changes of a reload, apart from the policy.
    package struct Reload: Sendable {
        /// The addresses on which the server newly listens; `removed` has those on which it no longer does.
        package var added: [SocketTarget] = []
        package var removed: [SocketTarget] = []
        /// The configured changes that only take effect after a restart, in words.
        package var pending: [String] = []
    }

    /// Puts another configuration into force as a whole, or not at all. Exchanges in progress stay under the configuration that
    /// they began with; on each event loop, everything that begins after this moment begins under the new one. Sockets of
    /// listeners that are no longer configured are closed once all waiting connections have been accepted; those connections end
    /// when their exchanges are done.
    ///
    /// Must not be called again before it has returned.
    ///
    /// - Parameter service: the service of the admin listener.
    /// - Throws: everything that prevents the reload, with its location in the configuration.
    package func reload(_ provision: Provision, admin service: (any LocalService)? = nil) async throws(PolicyErrors) -> Reload {
        let source = provision.configuration.source
        let before = state.withLock { $0 }
        var ids: [Int] = []
        var kept: [BoundListener] = []
        var added: [BoundListener] = []
        var errors: [PolicyError] = []
        var rest = before.listeners
        var nextID = before.nextID
        for listener in source.listeners {
            if let index = rest.firstIndex(where: { $0.target == listener.bind.value }) {
                kept.append(rest.remove(at: index))
                ids.append(kept[kept.count - 1].id)
                continue
            }
            do {
                added.append(try bind(listener, id: nextID))
                ids.append(nextID)
                nextID += 1
            } catch {
                errors.append(PolicyError("cannot listen on \(listener.bind.value): \(error)", at: listener.bind.location))
            }
        }
        var services = before.services
        if let service, let admin = source.admin, !services.contains(where: { $0.target == admin.value }) {
            do {
                services = [try await bind(admin.value, for: service)]
            } catch {
                errors.append(PolicyError("cannot listen on \(admin.value): \(error)", at: admin.location))
            }
        } else if service != nil, source.admin == nil {
            services = []
        }
        guard errors.isEmpty else {
            let new = services.filter { service in !before.services.contains { $0.target == service.target } }
            for socket in added.map(\.socket) + new.map(\.socket) {
                await socket.close()
                sockets.takeBack(from: socket.target)
            }
            throw PolicyErrors(errors)
        }
        let upstreams = await UpstreamResources.make(
            provision, former: before.upstreams, workers: workers, lookup: lookup, logger: logger)
        let unchanged = source.listeners.compactMap { listener in
            kept.first { $0.target == listener.bind.value }.flatMap { Self.setMode(of: $0, for: listener) }
        }
        state.withLock {
            $0 = State(
                provision: provision, upstreams: upstreams, listeners: kept + added, services: services, nextID: nextID)
        }
        budget.set(limit: source.limits.memory ?? MemoryBudget.automaticLimit())
        shadowDesk.startAgain()
        reports.keepLimits(of: provision.configuration)
        let identities = ids
        for worker in workers {
            _ = await worker.ask { $0.adopt(provision, upstreams: upstreams, listeners: identities) }
        }
        for upstream in before.upstreams { await upstream.monitor?.stop() }
        var deaf: [String] = []
        for listener in added {
            do throws(ListenFailure) {
                try await listener.socket.start(.clients(listener.id))
            } catch {
                deaf.append("\(listener.address): no connections can be accepted (\(error))")
            }
        }
        let gone = before.services.filter { old in !services.contains { $0.target == old.target } }
        for target in rest.map(\.target) + gone.map(\.target) { sockets.takeBack(from: target) }
        let leaving = rest
        TaskLoop.start { await self.close(leaving, gone) }
        return Reload(
            added: added.map(\.address), removed: leaving.map(\.address),
            pending: pending(source) + unchanged + deaf)
    }

    private func close(_ leaving: [BoundListener], _ services: [BoundService]) async {
        await stop(leaving)
        let ids = leaving.map(\.id)
        for worker in workers { worker.post { $0.forget(ids) } }
        for service in services { await service.socket.close() }
    }

    /// Sets who may connect to a Unix socket that was bound before. Returns in words why that is not possible.
    private static func setMode(of bound: BoundListener, for listener: Listener) -> String? {
        guard !bound.socket.isShared else { return nil }
        do throws(SystemError) {
            try bound.socket.socket.setForEveryUser(!listener.proxyProtocol)
            return nil
        } catch {
            return "\(listener.bind.value): who may connect stays as it was (\(error))"
        }
    }

    /// The settings that differ from those with which the process began, in words.
    private func pending(_ new: Configuration) -> [String] {
        var notes: [String] = []
        if lasting.workers != new.workers {
            let now = lasting.workers.map(String.init) ?? "one per core"
            let then = new.workers.map(String.init) ?? "one per core"
            notes.append("workers: \(now) until the process is started again; then \(then)")
        }
        if lasting.watch != new.watch {
            let words = [lasting.watch, new.watch].map { $0 ? "on" : "off" }
            notes.append("watch: \(words[0]) until the process is started again; then \(words[1])")
        }
        return notes
    }
}
