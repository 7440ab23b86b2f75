extension Rule {
    /// Narrows what a `cors` policy without `allow_methods` allows to the methods of the requests to which the rule applies. A
    /// browser remembers every method in the answer to a preflight, and would send the others without asking.
    ///
    /// - Parameter methods: the methods of the route that the rule belongs to; empty for all.
    public mutating func narrowOpenMethods(to methods: [String] = []) {
        guard var policy = action as? CORSPolicy, policy.allowMethods == nil else { return }
        if !methods.isEmpty { policy.openMethods.narrow(to: methods) }
        for test in condition?.conjuncts ?? [] {
            switch test {
            case .any(.method, let values): policy.openMethods.narrow(to: values.map(\.value))
            case .not(let condition):
                guard condition.conjuncts.count == 1, case .any(.method, let values) = condition.conjuncts[0] else { continue }
                policy.openMethods.removeAll { method in values.contains { $0.value == method } }
            case .any, .requestHeader, .responseHeader, .query, .sample: continue
            }
        }
        action = policy
    }
}

extension [String] {
    /// Keeps those of the methods that are among others. What stands for every method becomes these others, as far as pages may
    /// send them.
    fileprivate mutating func narrow(to others: [String]) {
        guard self == CORSPolicy.everyMethod else { return removeAll { !others.contains($0) } }
        self = others.filter { method in
            guard !SafeLists.isForbidden(method: method), case .success = MethodName.check(method) else { return false }
            return true
        }
    }
}
