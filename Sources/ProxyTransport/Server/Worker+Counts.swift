import EventLoop
import HTTPModel
import HeaderPolicy
import Logging
import ProxyCore

/// The event loop's counts.
extension Worker {
    /// Everything that this event loop has counted since the start.
    func metrics() -> MetricsSnapshot {
        var snapshot = past
        for generation in generations { generation.addCounts(to: &snapshot) }
        snapshot.loops = counts
        snapshot.loops.listeners = tallies.mapValues(\.counts)
        return snapshot
    }

    /// Drops earlier configurations that have nothing in progress; their counts are kept.
    func dropGenerations() {
        let gone = generations.filter { $0.configuration !== configuration && $0.isEmpty }
        guard !gone.isEmpty else { return }
        generations.removeAll { old in gone.contains { $0 === old } }
        for generation in gone {
            generation.context.inspection.flush()
            generation.moveCounts(to: &past)
        }
        past.keepNames(of: configuration)
        // The allocator keeps the freed memory in pieces that may not fit the next configuration.
        ReturnedMemory.giveBack()
    }

    /// Counts an exchange; called once for each, when its response has ended, was broken off, or has lost its reader.
    func finished(_ relay: Relay) {
        relay.releaseTunnel()
        if relay.configuration.isObserved { relay.endObservation() }
        counts.ended &+= 1
        counts.versions[Int(relay.exchange.facts.request.version.rawValue)] &+= 1
        if let reason = relay.exchange.facts.reason {
            if reason.isEndOfTunnel { counts.tunnelEnds.count(reason) } else { counts.reasons.count(reason) }
        }
        let duration = clock.nanoseconds &- relay.exchange.beganAt
        let generation = relay.listener.generation
        keep(generation)
        generation.count(&relay.exchange, duration: duration)
        if log.isOn { log.append(relay, now: clock.nanoseconds) }
    }
}
