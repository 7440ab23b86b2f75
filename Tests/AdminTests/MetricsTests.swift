import Foundation
import HTTPModel
import ProxyCore
import Testing

@testable import Admin

@Suite struct MetricsTests {
    /// https://prometheus.io/docs/practices/naming/
    @Test func namesFollowTheConventions() throws {
        #expect(Set(MetricFamily.all.map(\.name)).count == MetricFamily.all.count)
        for family in MetricFamily.all {
            #expect(family.name.wholeMatch(of: /(letterhead|process)(_[a-z]+)+/) != nil, "\(family.name)")
            #expect(family.name.hasSuffix("_total") == (family.kind == .counter), "\(family.name)")
            #expect(family.labels.allSatisfy { $0.wholeMatch(of: /[a-z]+/) != nil && $0 != "le" }, "\(family.name)")
            #expect(family.help.hasSuffix(".") && !family.help.contains("\n"), "\(family.name)")
        }
    }

    /// The reference names what there is. `UPDATE_GOLDEN=1` writes its table.
    @Test func theReferenceNamesEachMetric() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../config/reference/metrics.md")
            .standardized
        let text = try String(contentsOf: file, encoding: .utf8)
        let parts = try #require(text.wholeMatch(of: /(?s)(.*\n\|---\|---\|---\|---\|\n)((?:\|[^\n]*\n)*)(.*)/)?.output)
        let table = MetricFamily.all.map { family in
            let labels = family.labels.map { "`\($0)`" }.joined(separator: " ")
            return "| `\(family.name)` | \(family.kind.rawValue) | \(labels.isEmpty ? "—" : labels) | \(family.help) |\n"
        }.joined()
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
            try "\(parts.1)\(table)\(parts.3)".write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(parts.2 == table)
        }
    }

    /// The dashboard and the alerts speak of metrics and labels that there are.
    @Test(arguments: ["dashboard.json", "alerts.yaml"])
    func monitoringNamesWhatThereIs(_ name: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docker/monitoring/\(name)")
        let text = try String(contentsOf: file, encoding: .utf8)
        let families = Dictionary(uniqueKeysWithValues: MetricFamily.all.map { ($0.name, $0) })
        let uses = text.matches(of: /((?:letterhead|process)_[a-z_]+)(?:\{([^}]*)\})?/)
        #expect(uses.count > 10)
        for use in uses {
            let name = use.1.replacing(/_bucket$/, with: "")
            let family = try #require(families[String(name)], "\(name)")
            #expect((family.kind == .histogram) == use.1.hasSuffix("_bucket"), "\(name)")
            for label in (use.2 ?? "").matches(of: /([a-z]+)=/) where label.1 != "instance" {
                #expect(family.labels.contains(String(label.1)), "\(name) \(label.1)")
            }
        }
        let labels = Set(MetricFamily.all.flatMap(\.labels) + ["le", "instance"])
        for list in text.matches(of: /by \(([^)]*)\)/) {
            for label in list.1.split(separator: ", ") { #expect(labels.contains(String(label)), "\(label)") }
        }
    }

    @Test(arguments: [
        (0, 0), (499_999, 0), (500_000, 0), (500_999, 0), (501_000, 1), (1_000_000, 1), (2_500_000, 2), (5_000_000, 3),
        (10_000_000, 4), (10_001_000, 5), (25_000_000, 5), (50_000_000, 6), (100_000_000, 7), (250_000_000, 8), (500_000_000, 9),
        (1_000_000_000, 10), (2_500_000_000, 11), (5_000_000_000, 12), (10_000_000_000, 13), (10_001_000_000, 14),
        (UInt64.max, 14),
    ])
    func buckets(_ nanoseconds: UInt64, _ bucket: Int) {
        var histogram = Histogram()
        histogram.observe(nanoseconds: nanoseconds)
        #expect(histogram.buckets.indices.first { histogram.buckets[$0] == 1 } == bucket)
        #expect(histogram.count == 1)
        #expect(Histogram.limits.count == Histogram.bounds.count && Histogram.bounds.count + 1 == histogram.buckets.count)
        #expect(zip(Histogram.limits, Histogram.bounds).allSatisfy { Double($0) / 1e6 == Double($1) })
    }

    /// Words are few, whatever comes.
    @Test func wordsAreBounded() {
        var counts = WordCounts<String>()
        for number in 0..<1_000 { counts.count("word \(number)") }
        counts.count("word 7")
        #expect(counts.entries.count == WordCounts<String>.limit && counts.entries[7].count == 2)
        #expect(counts.others == 1_000 - WordCounts<String>.limit)
        var sum = WordCounts<String>()
        sum.count("other")
        sum.add(counts)
        #expect(sum.entries.count == WordCounts<String>.limit)
    }

    /// Two certificates for one name, of which clients get either.
    @Test func theFirstCertificateToExpireCounts() {
        var metrics = MetricsSnapshot()
        metrics.certificates = [(":443", "a.example", 900), (":443", "a.example", 300), (":443", "b.example", 700)]
        let page = MetricsPage.text(metrics, [], ProcessFacts(), nil, isReady: true)
        let lines = String(decoding: page, as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix("letterhead_certificate_expiry") }
        #expect(
            lines == [
                #"letterhead_certificate_expiry_timestamp_seconds{listener=":443",name="a.example"} 300"#,
                #"letterhead_certificate_expiry_timestamp_seconds{listener=":443",name="b.example"} 700"#,
            ])
    }

    @Test func labelsAreEscaped() {
        var text = PrometheusText()
        text.write(.ruleHits, counts: [(["a \"b\" \\ c\nd é"], 3)])
        let lines = String(decoding: text.bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.last == #"letterhead_rule_hits_total{rule="a \"b\" \\ c\nd é"} 3"#)
        #expect(lines.count == 3)
    }
}
