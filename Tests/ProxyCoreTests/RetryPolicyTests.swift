import HTTPModel
import ProxyCore
import Testing

@Test(arguments: Method.allCases, [false, true])
func mayRepeat(_ method: Method, hasBody: Bool) {
    let idempotent: Set<Method> = [.get, .head, .put, .delete, .options, .trace]
    let expected = idempotent.contains(method) || (!hasBody && method != .connect)
    #expect(RetryPolicy.mayRepeat(method, hasBody: hasBody) == expected)
}
