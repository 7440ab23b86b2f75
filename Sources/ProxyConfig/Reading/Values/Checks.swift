import HTTPModel
import HeaderPolicy
import ProxyCore

/// Checks that need the whole file.
extension Reading {
    func check(_ configuration: Configuration) {
        checkTemplates(configuration)
        checkPolicies(configuration)
        checkRoutes(configuration)
        guard !hasErrors else { return }
        checkAdmin(configuration)
        checkInspector(configuration)
        checkLoops(configuration)
        checkReach(configuration.routes)
        checkUse(configuration)
    }

    private func checkAdmin(_ configuration: Configuration) {
        guard let admin = configuration.admin else { return }
        guard let listener = configuration.listeners.first(where: { $0.bind.value.excludes(admin.value) }) else { return }
        error(
            listener.bind.value == admin.value
                ? "`admin` and `listen` have the same address"
                : "`admin` and `listen` cannot both have this port: \(listener.bind.value) includes \(admin.value), or is in it",
            at: admin.location, help: "write another port for one of them; `listen` is on line \(listener.bind.location.line)")
    }

    /// Checks for an upstream that is the proxy itself, which would get its own requests, and those that follow from them.
    private func checkLoops(_ configuration: Configuration) {
        for upstream in configuration.upstreams {
            for server in upstream.servers {
                guard let listener = configuration.listeners.first(where: { server.value.leads(to: $0.bind.value) }) else {
                    continue
                }
                error(
                    "the upstream `\(upstream.name)` is the proxy itself: it listens on \(listener.bind.value)",
                    at: server.location,
                    help: "write the app's own address")
            }
        }
    }

    /// Warns of routes that never get a request, because one before them takes everything or has the same tests.
    private func checkReach(_ routes: [Route]) {
        var catchAll: Route?
        var tests: [RouteMatch: Route] = [:]
        for route in routes {
            if let first = catchAll ?? (route.condition == nil ? tests[RouteMatch(route)] : nil) {
                warning(
                    "no request reaches this route: the one on line \(first.location.line) takes them all", at: route.location,
                    help: "first match wins: put this one above it", code: .unreachableRoute)
                continue
            }
            // It is not known here which requests a `when` lets pass.
            guard route.condition == nil else { continue }
            tests[RouteMatch(route)] = route
            let takesAllPaths = route.paths.isEmpty || route.paths.contains { $0.value == "/**" }
            if route.hosts.isEmpty, route.methods.isEmpty, route.listeners.isEmpty, takesAllPaths { catchAll = route }
        }
    }

    private struct RouteMatch: Hashable {
        let hosts: Set<String>
        let paths: Set<String>
        let methods: Set<String>
        let listeners: Set<String>

        init(_ route: Route) {
            hosts = Set(route.hosts.map { $0.value.lowercased() })
            paths = Set(route.paths.map(\.value))
            methods = Set(route.methods.map(\.value))
            listeners = Set(route.listeners.map(\.value))
        }
    }

    /// Checks the listeners that routes name, and the conditions of routes.
    private func checkRoutes(_ configuration: Configuration) {
        let known = configuration.listeners.compactMap(\.name)
        var names = FieldNames.standard
        for route in configuration.routes {
            for name in route.listeners where !known.contains(name.value) {
                error(
                    "no listener is called `\(name.value.abbreviated)`", at: name.location,
                    help: known.isEmpty
                        ? "give it a name: `listen: { bind: …, name: \(name.value.abbreviated) }`"
                        : "known here: \(known.joined(separator: ", "))")
            }
            guard let condition = route.condition else { continue }
            do throws(PolicyErrors) { _ = try RequestCondition(condition, names: &names) } catch {
                for error in error.errors { self.error(error) }
            }
        }
    }

    private func checkUse(_ configuration: Configuration) {
        var used: Set<String> = []
        for route in configuration.routes {
            if case .upstream(let name) = route.action { used.insert(name) }
        }
        for upstream in configuration.upstreams where !used.contains(upstream.name) {
            warning("no route leads to the upstream `\(upstream.name)`", at: upstream.location, code: .unusedUpstream)
        }
    }

    private func checkTemplates(_ configuration: Configuration) {
        var names = FieldNames.standard
        for route in configuration.routes {
            guard case .redirect(let redirect) = route.action else { continue }
            do throws(PolicyError) { _ = try Template(redirect.to, scope: .request, names: &names) } catch { self.error(error) }
        }
    }

    /// Compiles all rules, so that errors are found now and not at the first request. No rule is wrong because of another, so
    /// each list is checked once by itself.
    private func checkPolicies(_ configuration: Configuration) {
        // Compiling more rules than a file may have would take as long as the limit is there to prevent.
        guard !configuration.listeners.isEmpty, !policies.isOverLimit else { return }
        var names = FieldNames.standard
        check(configuration.requestHeaders, configuration.responseHeaders, &names)
        for listener in configuration.listeners { check(listener.requestHeaders, listener.responseHeaders, &names) }
        for route in configuration.routes where route.hasRules {
            check(route.requestHeaders, route.responseHeaders, &names)
        }
    }

    private func check(_ requestRules: [Rule], _ responseRules: [Rule], _ names: inout FieldNames) {
        do throws(PolicyErrors) {
            let policy = try CompiledPolicy(requestRules: requestRules, responseRules: responseRules, names: &names)
            for warning in policy.warnings { self.warning(warning.message, at: warning.location, help: warning.suggestion) }
        } catch {
            for error in error.errors { self.error(error) }
        }
    }
}
