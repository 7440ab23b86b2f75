import HTTPModel
import HeaderPolicy

/// The compiled tests of one route. An empty list tests nothing.
struct RouteMatcher: Sendable {
    var hosts: [HostPattern] = []
    var paths: [PathPattern] = []
    /// A bit at `Method.rawValue` for each listed method.
    private var methodMask: UInt16 = 0
    private var otherMethods: [[UInt8]] = []
    /// Whether each listener, by its number, is one of those named; empty means any.
    private var listeners: [Bool] = []
    private var condition: RequestCondition?

    /// - Parameter errors: receives the errors, each with the place where it was written.
    init(_ route: Route, listeners: [Listener], names: inout FieldNames, errors: inout [PolicyError]) {
        for name in route.listeners where !listeners.contains(where: { $0.name == name.value }) {
            errors.append(PolicyError("no listener is called \"\(name.value)\"", at: name.location))
        }
        if !route.listeners.isEmpty {
            self.listeners = listeners.map { listener in route.listeners.contains { $0.value == listener.name } }
        }
        if let when = route.condition {
            do { condition = try RequestCondition(when, names: &names) } catch { errors += error.errors }
        }
        for host in route.hosts {
            do { hosts.append(try HostPattern(host.value)) } catch { errors.append(error.located(at: host.location)) }
        }
        for path in route.paths {
            do {
                paths.append(try PathPattern(path.value, isIndexed: true))
            } catch {
                errors.append(error.located(at: path.location))
            }
        }
        for method in route.methods {
            let token = method.value.utf8.span
            let listed = Method(token: token)
            if listed != .other {
                methodMask |= Self.bit(listed)
            } else if !Fields.isName(token) {
                errors.append(PolicyError("\"\(method.value)\" is not a method", at: method.location))
            } else if Method(token: method.value.uppercased().utf8.span) != .other {
                errors.append(
                    PolicyError(
                        "the method \"\(method.value)\" is written in capitals", at: method.location,
                        suggestion: "write \(method.value.uppercased())"))
            } else {
                otherMethods.append(Array(copying: token))
            }
        }
    }

    /// Whether the tests hold that neither index nor mask can decide.
    func hold(_ facts: borrowing ExchangeFacts, listener: Int, asksOfPreflight: Bool) -> Bool {
        if !listeners.isEmpty, !listeners.indices.contains(listener) || !listeners[listener] { return false }
        return condition?.holds(facts, asksOfPreflight: asksOfPreflight) ?? true
    }

    static func bit(_ method: Method) -> UInt16 { 1 << UInt16(method.rawValue) }

    /// - Parameter bit: the bit of the method that the token names; that of `other` for one that is not listed.
    func allowMethod(_ bit: UInt16, _ token: Span<UInt8>) -> Bool {
        if methodMask & bit != 0 || (methodMask == 0 && otherMethods.isEmpty) { return true }
        return bit == Self.bit(.other) && otherMethods.contains { token.equals($0.span) }
    }
}
