import HTTPModel
import HeaderPolicy

/// What one route asks of a request, compiled. An empty list asks nothing.
struct RouteTests: Sendable {
    var hosts: [HostPattern] = []
    var paths: [PathPattern] = []
    /// Bit `Method.rawValue` for each listed method.
    private var methodMask: UInt16 = 0
    private var otherMethods: [[UInt8]] = []

    /// - Parameter errors: what is wrong is added, each with the place where it was written.
    init(_ route: Route, errors: inout [PolicyError]) {
        for host in route.hosts {
            do { hosts.append(try HostPattern(host.value)) } catch { errors.append(error.located(at: host.location)) }
        }
        for path in route.paths {
            do { paths.append(try PathPattern(path.value)) } catch { errors.append(error.located(at: path.location)) }
        }
        for method in route.methods {
            let token = method.value.utf8.span
            let listed = Method(token: token)
            if listed != .other {
                methodMask |= Self.bit(listed)
            } else if !Fields.isName(token) {
                errors.append(PolicyError("\"\(method.value)\" is not a method", at: method.location))
            } else {
                // `get` is a method of its own, as methods are case-sensitive; `check` warns of it.
                otherMethods.append(Array(copying: token))
            }
        }
    }

    static func bit(_ method: Method) -> UInt16 { 1 << UInt16(method.rawValue) }

    /// - Parameter bit: of the method that the token names; that of `other` for one that is not listed.
    func allowMethod(_ bit: UInt16, _ token: Span<UInt8>) -> Bool {
        if methodMask & bit != 0 || (methodMask == 0 && otherMethods.isEmpty) { return true }
        return bit == Self.bit(.other) && otherMethods.contains { token.equals($0.span) }
    }
}
