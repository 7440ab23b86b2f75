import ProxyConfig

/// Notes options by names that do not count.
extension FlaskCORSTranslator {
    /// Notes the options that flask-cors ignores, and what it does then.
    mutating func checkNames(_ options: FlaskCORSOptions) {
        let hasOrigins = options.option("origins") != nil
        for entry in options.layers.dropLast().flatMap(\.entries) {
            guard let name = entry.key.text else { continue }
            let bare = FlaskCORSOptions.option(ofSetting: name)
            guard bare != nil || name != name.uppercased() || name.isEmpty, !FlaskCORSOptions.names.contains(name) else {
                continue
            }
            let isOrigin = !hasOrigins && (bare ?? name).lowercased().hasPrefix("origin")
            let help = isOrigin ? ", which lets every origin in then; `origins` is" : bare.map { "; `\($0)` is" } ?? ""
            note("\(name): no option of flask-cors\(help)", at: entry.line, isOrigin ? .answer : .field)
        }
        for entry in options.layers.last?.entries ?? [] {
            guard let name = entry.key.text, FlaskCORSOptions.names.contains(name) else { continue }
            note("\(name): no setting of flask-cors; `CORS_\(name.uppercased())` is", at: entry.line, .answer)
        }
    }
}
