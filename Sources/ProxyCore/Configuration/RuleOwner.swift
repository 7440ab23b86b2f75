public import HeaderPolicy

/// Something that has rules of its own: the configuration, a listener or a route.
public protocol RuleOwner {
    var requestHeaders: [Rule] { get set }
    var responseHeaders: [Rule] { get set }
}

extension RuleOwner {
    public var hasRules: Bool { !requestHeaders.isEmpty || !responseHeaders.isEmpty }

    /// Its own rules for requests, then those for responses.
    public var rules: [Rule] { requestHeaders + responseHeaders }

    /// Leaves out its own rules that are in shadow.
    public mutating func dropShadow() {
        requestHeaders = requestHeaders.enforced
        responseHeaders = responseHeaders.enforced
    }
}

extension Configuration: RuleOwner {
    /// The rules of all scopes.
    public var allRules: [Rule] { rules + listeners.flatMap(\.rules) + routes.flatMap(\.rules) }
}

extension Listener: RuleOwner {}
extension Route: RuleOwner {}
