import HTTP2
import ProxyCore

extension BadResponse {
    /// The fault of a response that HTTP/2 cannot read.
    init(_ fault: ResponseFault) { self.init(fault.reason, fault.message) }
}
