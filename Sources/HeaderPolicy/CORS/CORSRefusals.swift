/// Checks of a single value: whether a `cors:` policy could contain it.
extension CORSPolicy {
    /// Returns why an entry cannot stand in `allow_origins`; nil when it can.
    public static func refusal(ofOrigin origin: String) -> String? {
        refusal { policy, location in policy.allowOrigins = [Located(origin, at: location)] }
    }

    /// Returns why a method cannot stand in `allow_methods`; nil when it can.
    public static func refusal(ofMethod method: String) -> String? {
        refusal { policy, location in policy.allowMethods = [Located(method, at: location)] }
    }

    /// Returns why a name cannot stand in `allow_headers` or `expose_headers`; nil when it can.
    public static func refusal(ofField name: String) -> String? {
        refusal { policy, location in policy.exposeHeaders = [Located(name, at: location)] }
    }

    private static func refusal(_ change: (inout CORSPolicy, SourceLocation) -> Void) -> String? {
        let location = SourceLocation(file: "", line: 1, column: 1)
        var policy = CORSPolicy(location: location)
        policy.allowOrigins = [Located("null", at: location)]
        change(&policy, location)
        var compiler = CORSCompiler()
        _ = compiler.compile(policy)
        return compiler.errors.first?.message
    }
}
