import HTTPModel
import Testing

@testable import ProxyCore

/// When a server gets requests and when not. `+n` is a check of server n that passes, `-n` one that fails, `!n` a request that
/// fails, `.n` one that succeeds after others failed, `@t` the time; what stands after a colon is what all servers are then:
/// up, (unc)hecked, (ej)ected, (do)wn.
@Suite struct GroupHealthTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var servers = 2
        var check: HealthCheck?
        var ejection: Ejection?
        var script: String
        var testDescription: String { name }
    }

    static func check(_ healthy: Int = 1, _ unhealthy: Int = 1) -> HealthCheck {
        var check = HealthCheck()
        check.healthyThreshold = healthy
        check.unhealthyThreshold = unhealthy
        return check
    }

    static func ejection(_ failures: Int = 2, share: Int = 50) -> Ejection {
        var ejection = Ejection()
        ejection.failures = failures
        ejection.duration = 100
        ejection.maxDuration = 400
        ejection.maxEjected = share
        return ejection
    }

    static let cases = [
        Case(name: "without checks all are up", script: ":uu !0 !0 !0 :uu"),
        Case(name: "the first check decides alone", check: check(3, 3), script: ":?? +0 :u? -1 :ud"),
        Case(name: "thresholds", check: check(2, 3), script: "+0 +1 -0 -0 :uu -0 :du +0 :du -0 +0 :du +0 :uu"),
        Case(name: "a check in between begins the count anew", check: check(1, 2), script: "+0 -0 +0 -0 :u? -0 :d? +0 :u?"),
        Case(name: "all may be down", check: check(), script: "-0 -1 :dd +1 :du"),
        Case(name: "failures in a row eject", ejection: ejection(), script: "!0 :uu .0 !0 :uu !0 :eu !0 !0 :eu"),
        Case(name: "never all", ejection: ejection(), script: "!0 !0 !1 !1 !1 :eu @100 :uu !1 :ue"),
        Case(name: "never the only one", servers: 1, ejection: ejection(share: 100), script: "!0 !0 !0 :u"),
        Case(
            name: "a share of them, at least one", servers: 5, ejection: ejection(1, share: 40),
            script: "!0 !1 !2 !3 :eeuuu @100 :uuuuu !4 !3 !2 :uuuee"),
        Case(name: "all but one", servers: 3, ejection: ejection(1, share: 100), script: "!0 !1 !2 :eeu"),
        Case(name: "a small share is one", servers: 3, ejection: ejection(1, share: 10), script: "!2 !1 :uue"),
        Case(
            name: "longer each time, up to a limit, and one failure is enough",
            ejection: ejection(),
            script: "!0 !0 @99 :eu @100 :uu !0 :eu @299 :eu @300 :uu !0 @699 :eu @700 :uu !0 @1099 :eu @1100 :uu"),
        Case(
            name: "who was good for as long is not held to account",
            ejection: ejection(), script: "!0 !0 @100 .0 @199 !0 !0 @398 :eu @399 :uu .0 @799 !0 !0 @898 :eu @899 :uu"),
        Case(
            name: "a check brings an ejected one back", check: check(), ejection: ejection(),
            script: "+0 +1 !0 !0 :eu +0 :uu !0 :eu -0 :du +0 :uu"),
        Case(name: "ejected before it was checked", check: check(), ejection: ejection(1), script: "+1 !0 :eu +0 :eu +0 :uu"),
    ]

    static func identity(_ number: Int) -> ServerIdentity { server(number).identity }

    @Test(arguments: cases)
    func run(_ sample: Case) {
        let identities = (0..<sample.servers).map(Self.identity)
        var health = GroupHealth(check: sample.check, ejection: sample.ejection)
        health.replace(identities, isFirst: true, now: 0)
        var now = 0
        func standings() -> [Standing] { identities.map { health.standing(of: $0) } }
        for (index, step) in sample.script.split(separator: " ").enumerated() {
            let place = "\(sample.name): step \(index), \(step)"
            let number = Int(step.dropFirst()) ?? 0
            let before = standings()
            switch step.first {
            case "+":
                #expect(health.checked(Self.identity(number), passed: true, now: now) == (before != standings()), "\(place)")
            case "-":
                #expect(health.checked(Self.identity(number), passed: false, now: now) == (before != standings()), "\(place)")
            case "!": #expect(health.failed(Self.identity(number), now: now) == (before != standings()), "\(place)")
            case ".": health.succeeded(Self.identity(number))
            case "@":
                now = number
                let next = health.nextMoment
                let back = health.advance(now: now)
                #expect(back.isEmpty == (next.map { $0 > now } ?? true), "\(place)")
            default:
                let shown = standings().map { $0 == .unchecked ? "?" : String($0.rawValue.prefix(1)) }.joined()
                #expect(shown == step.dropFirst(), "\(place)")
            }
        }
    }

    @Test func newcomersAndThoseWhoAreBackStartSlowly() {
        var health = GroupHealth(check: Self.check(), ejection: Self.ejection(1))
        health.replace([Self.identity(0), Self.identity(1)], isFirst: true, now: 5)
        #expect(health.risenAt(Self.identity(0)) == nil)
        _ = health.checked(Self.identity(0), passed: false, now: 10)
        _ = health.checked(Self.identity(0), passed: true, now: 20)
        #expect(health.risenAt(Self.identity(0)) == 20)
        health.replace([Self.identity(0), Self.identity(2)], isFirst: false, now: 30)
        #expect(health.risenAt(Self.identity(0)) == 20 && health.risenAt(Self.identity(2)) == 30)
        #expect(health.standing(of: Self.identity(2)) == .unchecked && health.standing(of: Self.identity(1)) == .down)
    }

    /// After a reload, what is known of a server stands; what the new configuration no longer asks for is forgotten.
    @Test func aSuccessorInherits() {
        var former = GroupHealth(check: Self.check(), ejection: Self.ejection(1))
        former.replace((0...2).map(Self.identity), isFirst: true, now: 0)
        _ = former.checked(Self.identity(0), passed: false, now: 0)
        _ = former.checked(Self.identity(1), passed: true, now: 0)
        _ = former.failed(Self.identity(1), now: 0)
        var health = GroupHealth(check: Self.check(), ejection: Self.ejection(1))
        health.replace((0...3).map(Self.identity), isFirst: true, former: former, now: 1)
        #expect((0...3).map { health.standing(of: Self.identity($0)) } == [.down, .ejected, .unchecked, .unchecked])
        var unwatched = GroupHealth(check: nil, ejection: nil)
        unwatched.replace((0...3).map(Self.identity), isFirst: true, former: former, now: 1)
        #expect((0...3).allSatisfy { unwatched.standing(of: Self.identity($0)) == .up })
    }
}

@Suite struct CheckScheduleTests {
    /// All at once at the start; then each an interval after its own beginning, early by at most the jitter, never late.
    @Test(arguments: [0, 10, 100])
    func checksComeAtTheirInterval(_ jitter: Int) {
        var check = HealthCheck()
        check.interval = 1_000
        check.jitter = jitter
        var schedule = CheckSchedule(check)
        var random = SplitMix64(seed: 4)
        let identities = (0..<4).map(GroupHealthTests.identity)
        schedule.replace(identities, now: 50)
        #expect(schedule.nextMoment == 50 && schedule.begin(now: 49).isEmpty)
        #expect(Set(schedule.begin(now: 50)) == Set(identities))
        #expect(schedule.nextMoment == nil && schedule.begin(now: 10_000).isEmpty, "none is checked twice at once")
        var moments: [Int] = []
        for identity in identities { schedule.ended(identity, now: 60, random: &random) }
        while let moment = schedule.nextMoment, moments.count < 400 {
            for identity in schedule.begin(now: moment) {
                schedule.ended(identity, now: moment + 5, random: &random)
                moments.append(moment)
            }
        }
        #expect(moments.allSatisfy { $0 >= 50 })
        let expected = 1_000 - jitter * 10 / 2
        let rounds = (moments.last ?? 0) / 100
        #expect(abs(rounds * 100 - expected * 100) < expected * 20, "\(moments.last ?? 0)")
        if jitter == 0 { #expect(moments[0..<4] == [1_050, 1_050, 1_050, 1_050]) }
    }

    @Test func aSlowCheckDelaysTheNextOne() {
        var check = HealthCheck()
        check.interval = 100
        check.jitter = 0
        var schedule = CheckSchedule(check)
        var random = SplitMix64(seed: 4)
        schedule.replace([GroupHealthTests.identity(0)], now: 0)
        _ = schedule.begin(now: 0)
        schedule.ended(GroupHealthTests.identity(0), now: 250, random: &random)
        #expect(schedule.nextMoment == 250)
        // Its server is gone in the meantime.
        _ = schedule.begin(now: 250)
        schedule.replace([GroupHealthTests.identity(1)], now: 260)
        schedule.ended(GroupHealthTests.identity(0), now: 270, random: &random)
        #expect(schedule.begin(now: 270) == [GroupHealthTests.identity(1)])
    }
}
