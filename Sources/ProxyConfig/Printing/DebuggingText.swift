import HTTPModel
import HeaderPolicy
import ProxyCore

extension EffectivePolicy {
    /// The effective `debug` and `inspector`, without the secret itself.
    static func debugging(_ configuration: Configuration) -> [Setting] {
        var settings: [Setting] = []
        if let debug = configuration.debug {
            var parts = debug.secret == nil ? [] : ["by a secret in \(debug.header)"]
            if !debug.allowFrom.isEmpty { parts.append("from \(debug.allowFrom.map { text($0) }.joined(separator: ", "))") }
            settings.append(Setting("debug", parts))
        }
        if let inspector = configuration.inspector {
            let percent = inspector.sample * 100
            let number = percent.rounded() == percent ? "\(Int(percent))" : "\(percent)"
            var parts = ["entries \(inspector.entries)", "sample \(number)%", "rate \(inspector.rate)"]
            if !inspector.redact.isEmpty { parts.append("redact \(inspector.redact.map(\.value).joined(separator: ", "))") }
            settings.append(Setting("inspector", parts))
        }
        return settings
    }
}
