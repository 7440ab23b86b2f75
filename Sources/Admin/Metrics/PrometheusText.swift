import HTTPModel
import ProxyCore

/// Writes Prometheus' text format, version 0.0.4.
struct PrometheusText: ~Copyable {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var bytes: [UInt8] = []

    /// Writes a family with its samples; writes nothing if there are none.
    mutating func write(_ family: MetricFamily, _ samples: [(labels: [String], value: String)]) {
        guard !samples.isEmpty else { return }
        head(family)
        for sample in samples { line(family.name, Array(zip(family.labels, sample.labels)), sample.value) }
    }

    mutating func write(_ family: MetricFamily, _ value: Int) { write(family, [([], "\(value)")]) }

    mutating func write(_ family: MetricFamily, counts: [([String], Int)]) {
        write(family, counts.map { ($0, "\($1)") })
    }

    mutating func write(_ family: MetricFamily, histograms: [(label: String, Histogram)]) {
        guard !histograms.isEmpty else { return }
        head(family)
        for (label, histogram) in histograms {
            let labels = family.labels.map { ($0, label) }
            var sum = 0
            for index in histogram.buckets.indices {
                sum += histogram.buckets[index]
                let bound = index < Histogram.bounds.count ? Histogram.bounds[index] : "+Inf"
                line(family.name + "_bucket", labels + [("le", bound)], "\(sum)")
            }
            line(family.name + "_sum", labels, Self.seconds(nanoseconds: histogram.nanoseconds))
            line(family.name + "_count", labels, "\(histogram.count)")
        }
    }

    static func seconds(nanoseconds: Int) -> String { "\(Double(nanoseconds) / 1e9)" }

    private mutating func head(_ family: MetricFamily) {
        bytes.append(text: "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.kind.rawValue)\n")
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: String) {
        bytes.append(text: name)
        for (index, label) in labels.enumerated() {
            bytes.append(text: index == 0 ? "{" : ",")
            bytes.append(text: label.0)
            bytes.append(text: "=\"")
            for byte in label.1.utf8 {
                switch byte {
                case UInt8(ascii: "\\"): bytes.append(text: "\\\\")
                case UInt8(ascii: "\""): bytes.append(text: "\\\"")
                case UInt8(ascii: "\n"): bytes.append(text: "\\n")
                default: bytes.append(byte)
                }
            }
            bytes.append(text: "\"")
        }
        bytes.append(text: labels.isEmpty ? " " : "} ")
        bytes.append(text: value)
        bytes.append(text: "\n")
    }
}
