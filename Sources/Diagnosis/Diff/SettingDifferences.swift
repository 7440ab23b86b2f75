import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

extension PolicyDifference {
    /// Returns what differs beside rules and routes, which no exchange shows: listeners by their number, upstreams by their name,
    /// what routes have of their own by what identifies them.
    static func ofSettings(_ old: Configuration, _ new: Configuration) -> [PolicyDifference] {
        let (before, now) = (old.settings, new.settings)
        let (were, are) = (parts(before), parts(now))
        var seen: Set<String> = []
        return (before + now).compactMap { setting in
            guard seen.insert(setting.title).inserted else { return nil }
            let (was, isNow) = (were[setting.title] ?? [], are[setting.title] ?? [])
            let (gone, come) = (was.filter { !isNow.contains($0) }, isNow.filter { !was.contains($0) })
            guard !gone.isEmpty || !come.isEmpty else { return nil }
            return PolicyDifference(
                part: .setting, field: ":\(setting.key)", change: gone.isEmpty ? .added : come.isEmpty ? .removed : .changed,
                old: gone, new: come, route: setting.owner ?? "")
        }
    }

    private static func parts(_ settings: [Setting]) -> [String: [String]] {
        Dictionary(settings.map { ($0.title, $0.parts) }) { first, _ in first }
    }
}

extension PolicyDiff.Entry {
    /// What differs, as people call it.
    var title: String {
        part == .setting ? Setting(String(field.dropFirst()), of: route.isEmpty ? nil : route, []).title : field
    }
}

extension Configuration {
    fileprivate var settings: [Setting] {
        let all = EffectivePolicy.settings(self) + routes.flatMap { EffectivePolicy.settings($0, $0.pattern) }
        // Files that are named from the folder of the configuration are the same, wherever the folder is.
        guard let file = routes.first?.location.file, let slash = file.lastIndex(of: "/") else { return all }
        return all.map { setting in
            var setting = setting
            setting.parts = setting.parts.map { $0.replacing(" \(file[...slash])", by: " ") }
            return setting
        }
    }
}
