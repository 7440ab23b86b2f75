import HeaderPolicy
import ProxyConfig

/// What one resource of a call of flask-cors lets in, to compare calls with each other.
struct FlaskCORSExtent {
    let resource: String
    /// The lines of the rule that comes of it; nil when it lets nobody in.
    private var rule: [String: [String]]?

    /// Returns the resources of a call in the order in which they are asked; nil when they are not known.
    static func all(of call: FlaskCall) -> [FlaskCORSExtent]? {
        let options = FlaskCORSOptions(call.options, line: call.line)
        guard let resources = options.option("resources")?.value else {
            return call.options.dropLast().allSatisfy(\.unknown.isEmpty) ? [FlaskCORSExtent("", options)] : nil
        }
        var extents: [FlaskCORSExtent] = []
        switch resources {
        case .text(let text): return [FlaskCORSExtent(text, options)]
        case .list(let list):
            for item in list.items {
                guard let text = name(item) else { return nil }
                extents.append(FlaskCORSExtent(text, options))
            }
        case .table(let table) where table.unknown.isEmpty:
            for entry in table.entries {
                guard let text = name(entry.key), case .table(let own) = entry.value else { return nil }
                extents.append(FlaskCORSExtent(text, FlaskCORSOptions([own] + call.options, line: entry.line)))
            }
            // flask-cors sorts them, so that their order in the table does not matter.
            extents.sort { $0.resource.unicodeScalars.lexicographicallyPrecedes($1.resource.unicodeScalars) }
        default: return nil
        }
        return extents
    }

    /// Whether a call certainly lets in only what another one does.
    static func isWithin(_ call: FlaskCall, _ other: FlaskCall) -> Bool {
        guard let own = all(of: call), let others = all(of: other), own.count == others.count else { return false }
        return zip(own, others).allSatisfy { $0.isWithin($1) }
    }

    private static func name(_ resource: PythonValue) -> String? {
        switch resource {
        case .text(let text): text
        case .expression(let text, let ignoresCase): "re.compile(\(text), \(ignoresCase))"
        default: nil
        }
    }

    /// What options let in on one path.
    init(_ options: FlaskCORSOptions) { self.init("", options) }

    private init(_ resource: String, _ options: FlaskCORSOptions) {
        self.resource = resource
        var options = options
        rule = options.policy()
    }

    /// Whether the other one lets in everything that this one does.
    func isWithin(_ other: FlaskCORSExtent) -> Bool {
        guard resource == other.resource else { return false }
        guard let rule else { return true }
        guard let wider = other.rule else { return false }
        return rule.allSatisfy { key, values in
            let allowed = wider[key] ?? []
            switch key {
            // A longer time lets nobody in.
            case "max_age": return true
            case "allow_origins": return allowed == ["*"] || Set(values).isSubset(of: allowed)
            case "allow_headers": return allowed == ["*"] || Set(values).isSubset(of: allowed)
            default: return Set(values).isSubset(of: allowed)
            }
        }
    }
}
