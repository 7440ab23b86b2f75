import HTTPModel
import HeaderPolicy
import ProxyCore

extension EffectivePolicy {
    /// Describes the effective `debug` and `inspector`, without the secret itself.
    static func describeDebugging(_ configuration: Configuration) -> [String] {
        var lines: [String] = []
        if let debug = configuration.debug {
            var text = "debug"
            if debug.secret != nil { text += " by a secret in \(debug.header)" }
            if !debug.allowFrom.isEmpty { text += " from \(debug.allowFrom.map { Self.text($0) }.joined(separator: ", "))" }
            lines.append(text)
        }
        if let inspector = configuration.inspector {
            let percent = inspector.sample * 100
            let number = percent.rounded() == percent ? "\(Int(percent))" : "\(percent)"
            var text = "inspector entries \(inspector.entries), sample \(number)%, rate \(inspector.rate)"
            if !inspector.redact.isEmpty { text += ", redact \(inspector.redact.map(\.value).joined(separator: ", "))" }
            lines.append(text)
        }
        return lines
    }
}
