extension Reason: CustomStringConvertible {
    /// The stable word for the reason.
    public var description: String { rawValue }

    /// The status for the client; nil if the configuration or the app decides it.
    public var status: Status? { said.status }
    /// The cause as a sentence for operators. `{upstream}` and `{Upstream}` stand for the app.
    public var sentence: String { said.sentence }

    private var said: (status: Status?, sentence: String) {
        switch self {
        case .preflight: (204, "A `cors` rule answered a preflight.")
        case .preflightRefused: (204, "A `cors` rule answered a preflight, and what it asks for is not allowed.")
        case .respond: (nil, "The route answers by itself.")
        case .redirect: (nil, "The route redirects.")
        case .redirectToHTTPS: (nil, "The listener redirects to https.")
        case .report: (204, "A report of a browser was taken.")
        case .appError: (nil, "The app itself answered with an error.")
        case .noRoute: (404, "No route of the configuration takes this host and path.")
        case .methodNotAllowed: (405, "The routes of this path take other methods only.")
        case .maxForwards: (nil, "`Max-Forwards: 0` asks this proxy for the answer, not the app.")
        case .tooManyNominations: (400, "Connection names more fields than any message needs.")
        case .dotSegment:
            (400, "The path has a `.` or `..` segment, which the app may resolve otherwise than routes and rules do.")
        case .loopDetected:
            (508, "The request has passed by this proxy five times: an upstream leads back here. `Via` shows the way.")
        case .ambiguousPrefix: (400, "`strip_prefix` cannot be taken off this spelling of the path.")
        case .unsafeRedirect:
            (
                400,
                "A placeholder of the redirect brought what may not stand in a field, would have named another scheme or host, or left nothing."
            )
        case .plainHTTP: (400, "The request came without TLS to a port that speaks it.")
        case .misdirectedRequest: (421, "The certificate of this TLS connection is not for this host.")
        case .connectRefused: (405, "CONNECT to a place of the client's choosing is a forward proxy's work.")
        case .noWebSocketOverHTTP2: (501, "WebSockets go to apps over HTTP/1.1 alone, and {upstream} is asked over HTTP/2.")
        case .unknownProtocol: (501, "Of what CONNECT can ask for, only WebSockets are tunnelled.")
        case .notAWebSocket: (400, "A WebSocket was asked for, and the route answers without one.")
        case .requestHeadTimeout: (408, "The head of the request took longer than `timeouts.request_head`.")
        case .requestBodyTimeout:
            (408, "The body stopped, or came too slowly: `timeouts.request_body`, `limits.request_body_rate`.")
        case .exchangeTimeout: (504, "Request and response together took longer than `timeouts.exchange`.")
        case .writeTimeout: (408, "The client took no byte of the response for `timeouts.write`.")
        case .clientClosed: (nil, "The client was gone before the response had ended.")
        case .clientProtocolError:
            (
                nil,
                "The client broke a rule of HTTP/2, or flooded the connection, and the proxy ended the stream or the connection."
            )
        case .proxyStopped: (nil, "The proxy stopped before the response had ended.")
        case .requestBodyTooLarge: (413, "The body is larger than `limits: { request_body: … }` of the file or the route.")
        case .tooManyConnections: (503, "There are as many connections as `limits.connections` lets.")
        case .tooManyConnectionsOfClient: (429, "The client has as many connections as `limits.connections_per_client` lets.")
        case .memoryLimit: (503, "All connections together keep as much as `limits.memory` lets.")
        case .tooFewDescriptors: (503, "The process may open no more files: its limit is used up.")
        case .tooManyTunnels: (503, "There are as many tunnels as `limits.tunnels` lets.")
        case .reportRate: (429, "Reports come faster than `rate` or `total_rate` of the collector.")
        case .reportType: (415, "The Content-Type is none that browsers send reports with.")
        case .reportTooLarge: (413, "The report is larger than `body` of the collector.")
        case .reportMalformed: (400, "The body is not a report.")
        case .connectFailed: (502, "No connection to {upstream} could be made: nothing listens there, or it cannot be reached.")
        case .connectTimeout: (504, "A connection to {upstream} took longer than `timeouts.connect`.")
        case .responseTimeout: (504, "{Upstream} did not answer within `timeouts.response`.")
        case .upstreamClosed:
            (
                502,
                """
                {Upstream} closed the connection before its response had ended: a worker crashed or was killed, or it gave up a \
                kept connection just then (keep `timeouts: { idle: … }` of the upstream below the app's keep-alive).
                """
            )
        case .upstreamRefused: (503, "{Upstream} did not act on the request and says so.")
        case .upstreamTLSFailed:
            (502, "TLS with {upstream} could not be agreed on: its certificate does not verify, or it speaks no TLS there.")
        case .invalidResponse: (502, "What {upstream} answered is not HTTP, or breaks a limit of `limits`.")
        case .upstreamCancelled: (502, "{Upstream} broke the exchange off.")
        case .upstreamAskedForCalm: (503, "{Upstream} is asked more than it wants to be, and says so.")
        case .noHealthyServer: (503, "The health checks of all servers of {upstream} fail.")
        case .upstreamOverloaded:
            (
                503,
                "{Upstream} has no free connection: `max_connections` and `max_pending`, or the open files of this process, are used up."
            )
        case .tunnelClosedByClient: (nil, "The client ended the tunnel.")
        case .tunnelClosedByUpstream: (nil, "{Upstream} ended the tunnel.")
        case .tunnelIdle:
            (
                nil,
                "Nothing passed through the tunnel for `timeouts.tunnel`, or for `timeouts.idle` after the client had ended its side."
            )
        case .tunnelStalled: (nil, "The client of the tunnel took nothing for `timeouts.write`.")
        case .tunnelStopped: (nil, "The proxy stopped while the tunnel was open.")
        case .tlsHandshake: (400, "A TLS handshake came to a port that speaks plain HTTP.")
        case .invalidMethod: (400, "The message does not begin with a method and one space.")
        case .methodTooLong: (501, "The method is longer than any that is known.")
        case .invalidTarget: (400, "The request target is not one that the method may have.")
        case .targetTooLong: (414, "The request target is longer than the limit.")
        case .missingVersion: (400, "The request line has no HTTP version.")
        case .invalidVersion: (400, "The first line has no well-formed HTTP version.")
        case .unsupportedVersion: (505, "The HTTP version is neither 1.0 nor 1.1.")
        case .invalidStatus: (400, "The status line has no status code from 100 to 599.")
        case .invalidReason: (400, "The reason phrase has a byte that it may not have.")
        case .bareCR: (400, "A carriage return is not followed by a line feed.")
        case .bareLF: (400, "A line ends in a line feed without a carriage return.")
        case .controlByte: (400, "A field value has a control character.")
        case .emptyName: (400, "A field line has no name.")
        case .invalidName: (400, "A field name has a byte that no name may have.")
        case .blankInName: (400, "A field name has a blank inside it or before its colon.")
        case .foldedLine: (400, "A field line begins with a blank: line folding is obsolete.")
        case .missingColon: (400, "A field line has no colon.")
        case .headerTooLarge: (431, "The header lines together are longer than the limit.")
        case .tooManyFields: (431, "There are more header lines than the limit.")
        case .missingHost: (400, "The request needs a Host field, and has none.")
        case .duplicateHost: (400, "The request has more than one Host field.")
        case .invalidHost: (400, "The Host field is not a host with an optional port.")
        case .hostMismatch: (400, "The request target names another host than the Host field.")
        case .lengthAndCoding: (400, "The message has both a Content-Length and a Transfer-Encoding.")
        case .duplicateLength: (400, "The message has more than one Content-Length.")
        case .invalidLength: (400, "The Content-Length is not one plain decimal number.")
        case .duplicateCoding: (400, "The message has more than one Transfer-Encoding.")
        case .malformedCoding: (400, "The Transfer-Encoding is not the one word \"chunked\".")
        case .unknownCoding: (501, "The Transfer-Encoding is another than \"chunked\".")
        case .codingInHTTP10: (400, "An HTTP/1.0 message has a Transfer-Encoding.")
        case .unexpectedBody: (400, "The message announces a body where there can be none.")
        case .unknownExpectation: (417, "The Expect field is not \"100-continue\".")
        case .upgradeWithoutProtocol: (400, "A 101 response does not name the protocol, or is not HTTP/1.1.")
        case .informationalFlood: (400, "There are too many informational responses.")
        case .invalidChunkSize: (400, "A chunk size is not a plain hexadecimal number.")
        case .chunkTooLarge: (400, "A chunk size is larger than any body can be.")
        case .invalidChunkExtension: (400, "A chunk extension is malformed.")
        case .chunkExtensionsTooLong: (400, "The chunk extensions are longer than the limit.")
        case .invalidChunkEnd: (400, "The data of a chunk is not followed by CRLF.")
        case .forbiddenTrailer: (400, "A trailer field frames the message or names its host.")
        case .trailersTooLarge: (431, "The trailer lines are longer or more than the limit.")
        case .missingMethod: (400, "The pseudo-field :method is not there.")
        case .missingScheme: (400, "The pseudo-field :scheme is not there.")
        case .missingPath: (400, "The pseudo-field :path is not there.")
        case .missingAuthority: (400, "The request names no host.")
        case .badMethod: (400, "The pseudo-field :method has a value that it may not have.")
        case .badScheme: (400, "The pseudo-field :scheme has a value that it may not have.")
        case .badAuthority: (400, "The host has a value that it may not have.")
        case .badTarget: (400, "The pseudo-field :path has a value that it may not have.")
        case .badProtocol: (400, "The pseudo-field :protocol has a value that it may not have.")
        case .duplicatePseudoField: (400, "A pseudo-field is there twice.")
        case .unknownPseudoField: (400, "A pseudo-field is none that requests have.")
        case .pseudoFieldAfterField: (400, "A pseudo-field comes after a field.")
        case .badConnect: (400, "CONNECT is not as RFC 9113 has it.")
        case .protocolWithoutConnect: (400, ":protocol goes with CONNECT alone (RFC 8441).")
        case .authorityMismatch: (400, "The Host field names another host than :authority.")
        case .badFieldName: (400, "A field name has a byte that no name may have, or a capital.")
        case .badFieldValue: (400, "A field value has a control character, or a blank at an end.")
        case .connectionSpecificField: (400, "A field belongs to a connection of HTTP/1.")
        case .badTE: (400, "The TE field is another than \"trailers\".")
        case .badContentLength: (400, "The Content-Length is not one plain decimal number.")
        case .contentLengthMismatch: (400, "The body is not as long as its Content-Length says.")
        case .schemeMismatch: (421, "`http` was asked for over TLS, or `https` without it.")
        }
    }
}
