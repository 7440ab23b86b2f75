import ExchangeDriver
import HTTPModel
import ProxyCore
import Testing

/// Events in any order, and what an exchange promises whatever happens.
@Suite struct RandomWalkTests {
    /// What is asked for somewhere on the way, or the walk is too narrow.
    private static let everything: Set<String> = [
        "forward 0", "forward 1", "repeat", "move on", "move on repeated", "keep", "pass", "hold", "forget", "finish body",
        "finish app's side", "read", "pause", "resume", "stop body", "truncate", "finish", "finish leaves", "finish tunnel",
        "interim 103",
        "tunnel 101 none", "tunnel 200 untilClose", "cancels", "blames", "gives up", "reply 413 leaves",
    ]

    @Test(arguments: [0, 100_000])
    func promises(exchangeTimeout: Int) {
        let configuration = DrivenConfiguration.make(exchange: exchangeTimeout)
        var missing = Self.everything
        let first = UInt64.random(in: 0..<(1 << 32))
        for seed in first..<first + 300 {
            var random = SplitMix64(seed: seed)
            var left = 120
            var walk = RandomWalk(configuration) {
                left -= 1
                return left >= 0 ? UInt8.random(in: 0...255, using: &random) : nil
            }
            walk.run()
            #expect(walk.driven.broken.isEmpty, "seed \(seed)\n\(walk.transcript.joined(separator: "\n"))")
            guard walk.driven.broken.isEmpty else { return }
            for line in walk.transcript {
                let words = line.drop { $0 != ":" }.dropFirst(2)
                for word in words.split(whereSeparator: { $0 == "," || $0 == ";" }) {
                    missing.remove(String(word.drop { $0 == " " }))
                }
            }
        }
        #expect(missing.isEmpty, "seed \(first)")
    }
}
